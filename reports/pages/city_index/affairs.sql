-- Government affairs in the order of their code.
select affair_code, affair_group, name_id, name_en from government_affair order by affair_code
