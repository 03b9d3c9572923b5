select source_row.source_id
from source_row
anti join receipt using (file_sha256);
