"""The workbench in JupyterLab without a browser: access, workspace, errors, completion, SQL cells, newer data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import nbformat
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from analysis import open_snapshot
from analysis.planning.reweigh import WeightsInvalid, rescaled, reweighed
from analysis.planning.scenario import (
    LevelChange,
    Scenario,
    ScenarioInvalid,
    TriedWeight,
    keep_scenario,
    read_scenario,
    scenario_text,
)
from analysis.planning.what_if import WhatIf
from iga.rulebook import load_rulebook
from reports.run.kernel.specification import DISPLAY_NAME, KERNEL_NAME
from tests.city_files import exported, html_export, load, put
from tests.conftest import ROOT, Ran
from warehouse import Snapshot
from warehouse.errors import WorkbenchError
from warehouse.home import Home
from workbench.lab import load_ipython_extension
from workbench.lab.city_completion import matched
from workbench.lab.jobs import load_inbox, save_to_inbox, season_lists
from workbench.lab.server import Access, ListeningRefused, access_of, arguments, environment
from workbench.lab.stale import outdated, reopen
from workbench.lab.workspace import changed_copies, prepare_workspace

START_PAGES = sorted((ROOT / "workbench" / "lab" / "workspace").glob("*.ipynb"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_LINES_OF_A_CELL = {"mulai.ipynb": 14, "start.ipynb": 14}


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IGA_LANG", "en")
    made = InteractiveShell()
    load_ipython_extension(made)
    load_ipython_extension(made)
    yield made
    made.history_manager.end_session()


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "192.168.1.4", "server.example"])
def test_listening_beyond_this_machine_needs_a_secret_of_ones_own(ip: str) -> None:
    with pytest.raises(ListeningRefused, match="would let others in the network"):
        access_of(ip, 8888, None, None)
    with pytest.raises(ListeningRefused, match="too short"):
        access_of(ip, 8888, "short", None)
    assert access_of(ip, 8888, "a token of my own", None) == Access(ip, 8888, token="a token of my own")
    assert access_of(ip, 8888, None, "a password of my own").password.startswith("argon2")


def test_at_home_it_listens_here_only_and_asks_nobody_for_anything(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    folder = prepare_workspace(home)
    access = access_of("127.0.0.1", 8888, None, None)
    options = arguments(folder, "id", access, opens_browser=False)
    assert "--ServerApp.ip=127.0.0.1" in options
    assert "--ServerApp.allow_remote_access=False" in options
    assert {"--LabApp.news_url=None", "--LabApp.extension_manager=readonly"} <= set(options)
    assert any("NeverCheckForUpdate" in option for option in options)
    assert not any("token" in option.casefold() for option in options)
    found = environment(home, folder, "id", access)
    assert all(Path(found[name]).is_relative_to(tmp_path) for name in found if name.endswith(("_DIR", "DIR")))
    overrides = json.loads((tmp_path / ".lab" / "lab" / "settings" / "overrides.json").read_text())
    assert overrides["@jupyterlab/apputils-extension:notification"] == {"checkForUpdates": False, "fetchNews": "false"}


def test_a_notebook_that_a_person_changed_is_left_alone(tmp_path: Path) -> None:
    folder = prepare_workspace(Home.at(tmp_path))
    mine, theirs = folder / "notebooks" / "explain.ipynb", folder / "notebooks" / "city_index.ipynb"
    mine.write_text("mine")
    theirs.unlink()
    (folder / "mulai.ipynb").write_text("spoilt")
    prepare_workspace(Home.at(tmp_path))
    assert mine.read_text() == "mine"
    assert theirs.read_bytes() == (ROOT / "notebooks" / "city_index.ipynb").read_bytes()
    assert (folder / "mulai.ipynb").read_bytes() == START_PAGES[0].read_bytes()


def test_a_newer_notebook_of_ours_lies_beside_a_changed_copy(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    prepare_workspace(home)
    path = home.notebooks / "explain.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, path)
    edited = path.read_bytes()
    prepare_workspace(home)
    assert [found.name for found in home.notebooks.glob("explain*")] == ["explain.ipynb"]
    record = home.root / ".lab" / "copied.json"
    copied = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**copied, "explain.ipynb": "0" * 64}), encoding="utf-8")  # of an earlier version
    for _restart in range(2):
        prepare_workspace(home)
    assert path.read_bytes() == edited
    (beside,) = home.notebooks.glob("explain (baru *).ipynb")
    assert beside.read_bytes() == (ROOT / "notebooks" / "explain.ipynb").read_bytes()


def test_an_edited_start_page_survives_ten_restarts(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    prepare_workspace(home)
    page = tmp_path / "mulai.ipynb"
    notebook = nbformat.read(page, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, page)
    edited = page.read_bytes()
    for _restart in range(10):
        prepare_workspace(home)
    assert page.read_bytes() == edited
    assert len(list(tmp_path.glob("mulai*"))) == 2


def test_only_copies_that_do_something_else_are_told_as_changed(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    prepare_workspace(home)
    assert changed_copies(home) == []
    path = home.notebooks / "explain.ipynb"
    notebook = nbformat.read(path, as_version=4)
    tagged = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    tagged.source = tagged.source.replace("bandar lampung", "magelang")
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(notebook, path)
    assert changed_copies(home) == []
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, path)
    assert changed_copies(home) == [path]
    (home.root / ".lab" / "copied.json").write_text("{", encoding="utf-8")
    assert changed_copies(home) == [path]


@pytest.mark.parametrize("path", [*START_PAGES, *NOTEBOOKS], ids=lambda path: path.name)
def test_cells_are_small_and_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert len(cell.source.splitlines()) <= MOST_LINES_OF_A_CELL.get(path.name, 25), cell.source[:80]
        assert not cell.get("outputs")


@pytest.mark.parametrize("path", [*START_PAGES, *NOTEBOOKS], ids=lambda path: path.name)
def test_notebooks_name_the_kernel_of_the_workspace(path: Path) -> None:
    assert nbformat.read(path, as_version=4).metadata.kernelspec == {
        "display_name": DISPLAY_NAME,
        "language": "python",
        "name": KERNEL_NAME,
    }


@pytest.mark.parametrize(
    ("name", "said"), [("mulai.ipynb", "kini menjadi meja inovasi"), ("start.ipynb", "now the desk")]
)
def test_a_start_notebook_of_a_former_version_says_where_the_desk_is(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    former = nbformat.read(ROOT / "tests" / "fixtures" / "version_0_1" / "start_pages" / name, as_version=4)
    for cell in former.cells:
        assert cell.cell_type != "code" or shell.run_cell(cell.source).success
    [line] = capsys.readouterr().out.strip().splitlines()
    assert said in line and "/iga/" in line


def test_the_two_start_notebooks_have_the_same_cells_in_both_languages() -> None:
    ids, en = (nbformat.read(path, as_version=4).cells for path in START_PAGES)
    code = [[cell.source for cell in cells if cell.cell_type == "code"] for cells in (ids, en)]
    assert code[0] == code[1] and not any("open_desk" in source for source in code[0])


def test_the_workspace_says_its_language_to_jupyterlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / ".lab" / "lab" / "settings"

    def locale() -> str | None:
        written = json.loads((settings / "overrides.json").read_text(encoding="utf-8"))
        found: str | None = written.get("@jupyterlab/translation-extension:plugin", {}).get("locale")
        return found

    for is_installed in (False, True):
        monkeypatch.setattr("workbench.lab.workspace.has_language_pack", lambda _locale, known=is_installed: known)
        prepare_workspace(Home.at(tmp_path), "id")
        assert locale() == ("id_ID" if is_installed else None)
        prepare_workspace(Home.at(tmp_path), "en")
        assert locale() is None
    assert json.loads((settings / "page_config.json").read_text(encoding="utf-8")) == {"igaLang": "en"}


def test_a_spoilt_start_page_never_takes_the_place_of_one_set_aside_before(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    for text in ("first", "second", "third"):
        (tmp_path / "mulai.ipynb").write_text(text, encoding="utf-8")
        prepare_workspace(home)
    kept = sorted(path.read_text(encoding="utf-8") for path in tmp_path.glob("mulai.ipynb.rusak*"))
    assert kept == ["first", "second", "third"]


def test_an_index_under_rules_that_are_announced_only_says_so(example: Snapshot) -> None:
    assert example.index("bengkulu", 2026, rules=2027).notes[0].startswith("Buku aturan 2027: baru diumumkan")
    assert not any("diumumkan" in note for note in example.index("bengkulu", 2026, rules=2026).notes)


@pytest.mark.parametrize("has_jedi", [True, False])
@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("snapshot.cities.", {"bengkulu", "magelang", "bandar_lampung", "as_result"}),
        ("x = [snapshot.cities.mag", {"magelang"}),
        ('snapshot.cities["', {'Kota Bengkulu"]', 'Kota Magelang"]', 'Kota Bandar Lampung"]'}),
        ("snapshot.cities['beng", {"Kota Bengkulu']"}),
        ('snapshot.cities["Kota Bengkulu"].pl', {"plan"}),
        ("snapshot.cities.bengkulu.re", {"readiness", "region", "region_code"}),
    ],
)
def test_tab_completes_cities_by_name_and_by_key(
    shell: InteractiveShell, example: Snapshot, has_jedi: bool, text: str, offered: set[str]
) -> None:
    shell.user_ns["snapshot"] = example
    shell.Completer.use_jedi = has_jedi
    with provisionalcompleter():
        found = {each.text for each in shell.Completer.completions(text, len(text))}
    assert offered <= found
    assert len(found) == len(offered) or text.endswith("cities.")


def test_a_key_is_not_closed_twice_where_the_notebook_has_closed_it(shell: InteractiveShell, example: Snapshot) -> None:
    shell.user_ns["snapshot"] = example
    text = 'a = 1\nsnapshot.cities["beng"].index()'
    with provisionalcompleter():
        found = {each.text for each in shell.Completer.completions(text, text.index('"]'))}
    assert found == {"Kota Bengkulu"}


@pytest.mark.parametrize(
    "text", ["other.cities.", "snapshot.close().", "snapshot.sql('x').", 'name["', "snapshot.cities.nowhere."]
)
def test_nothing_else_is_asked_or_completed(example: Snapshot, text: str) -> None:
    names = {"snapshot": example, "other": object(), "name": {}}
    assert matched(text, "", names) == {"completions": []}
    assert not example.is_closed


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("snapshot.index('magelang', 2022)", "There is no edition 2022 for Kota Magelang"),
        ("snapshot.cities['bandungg']", "Kota Bandung"),
        ("snapshot.index().frame.select('predikat')", "perhaps: predicate"),
        ("open('no-such-file.xls')", "There is no file no-such-file.xls"),
        ("snapshot.index('bengkulu', rules=1999)", "there is no rulebook for this edition"),
        ("get_ipython().run_cell_magic('sql', '', 'select iidd from region_index')", 'Candidate bindings: "iid"'),
        ("snapshot.index('bengkulu', 2026, rules=1999)", "2026; announced only: 2027, 2028, 2029"),
        ("snapshto.cities", "There is no variable snapshto"),
        ("def ask():\n    return snapshto\nask()", "line 2"),
        ("import no_such_module", "There is no module no_such_module"),
        ("snapshot.citys", "perhaps: cities"),
        ("snapshot.cities.bengkulo", "Kota Bengkulu"),
        ("from workbench.lab.what_if_form import WhatIfForm", "WhatIfForm has gone: the form is now the desk"),
    ],
)
def test_a_wrong_name_gives_a_sentence_and_no_wall(
    shell: InteractiveShell, example: Snapshot, capsys: pytest.CaptureFixture[str], code: str, said: str
) -> None:
    shell.user_ns |= {"snapshot": example, "answer": example.index()}
    assert not shell.run_cell(code).success
    told = "".join(capsys.readouterr())
    assert said in told
    assert "Traceback" not in told and 'File "' not in told
    assert len(told.strip().splitlines()) <= 4


@pytest.mark.parametrize(
    "code", ["import json\njson.nope", "class A:\n    pass\nA().nope", "import tests.no_such_file.x"]
)
def test_what_is_not_ours_to_tell_keeps_its_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    is_told = code.endswith(".x")
    assert not shell.run_cell(code).success
    assert ("Traceback" in "".join(capsys.readouterr())) != is_told


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select sum(title) from submission", "tidak ada fungsi yang menerima ini: sum(VARCHAR)"),
        ("select title from submission a join submission b using (region_code)", "beberapa tabel punya kolom title"),
        ("select (select edition from submission)", "sebuah subkueri memberi lebih dari satu baris"),
        ("select a.nope from submission a", "a tidak punya kolom nope"),
        ("select date '2026-13-45'", "tidak ada tanggal 2026-13-45"),
        ("select * from read_csv('/etc/passwd')", "bukan berkas di komputer"),
        ("select iidd from region_index", "Tidak ada kolom iidd"),
        ("selec 1", "bukan SQL yang benar"),
    ],
)
def test_the_cause_against_a_query_is_told_in_the_readers_language(
    shell: InteractiveShell, example: Snapshot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    query: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("IGA_LANG", "id")
    shell.user_ns["snapshot"] = example
    assert not shell.run_cell(f"%%sql\n{query}").success
    told = "".join(capsys.readouterr())
    assert said in told and "Error" not in told


def test_sql_cells_read_the_snapshot_and_take_variables_as_values(shell: InteractiveShell, example: Snapshot) -> None:
    shell.user_ns |= {"snapshot": example, "wanted": "17.71'; drop table region; --"}
    shell.run_cell("%%sql rows\nselect region_code, edition from region_index where region_code = $wanted")
    assert shell.user_ns["rows"].height == 0
    shell.user_ns["wanted"] = "17.71"
    answer = shell.run_cell("%sql select count(*) as n from submission where region_code = $wanted").result
    assert answer["n"].item() == example.sql("select count(*) from submission where region_code = '17.71'").item()
    assert "SIMULATED DATA" in answer._repr_html_()


def test_a_notebook_stays_open_through_ten_publishes(
    shell: InteractiveShell, empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGA_HOME", str(empty_home.root))
    put(empty_home, "bengkulu/2026/ekspor.xls", html_export(exported("1", "Pertama"), total=1))
    load(empty_home)
    shell.run_cell("from analysis import open_snapshot\nsnapshot = open_snapshot()")
    first = shell.user_ns["snapshot"]
    before = first.innovations("bengkulu", 2026).frame
    pinned = open_snapshot(first.snapshot_id)
    shown: list[str] = []
    monkeypatch.setattr(shell._iga_stale, "_show", lambda names, newest, _language: shown.append(newest))
    published = []
    for number in range(10):
        rows = [exported(str(place), f"Inovasi {place}") for place in range(number + 2)]
        put(empty_home, "bengkulu/2026/ekspor.xls", html_export(*rows, total=len(rows)))
        published.append(load(empty_home).snapshot_id)
        assert shell.run_cell("found = snapshot.innovations('bengkulu', 2026).frame").success
        assert shell.user_ns["found"].equals(before)
    assert shown == published
    assert outdated({"snapshot": first, "pinned": pinned}) == ["snapshot"]
    assert reopen(shell.user_ns) == ["snapshot"]
    assert len(shell.user_ns["snapshot"].innovations("bengkulu", 2026)) > before.height
    assert first.is_closed and not pinned.is_closed and pinned.innovations("bengkulu", 2026).frame.equals(before)


def test_dropped_files_lie_in_their_city_and_lead_nowhere_else(empty_home: Home) -> None:
    saved = save_to_inbox("bengkulu", 2026, "..\\..\\../etc/ek$por.xls", b"one", empty_home.root)
    assert saved.parent == empty_home.inbox / "bengkulu" / "2026"
    assert save_to_inbox("bengkulu", 2026, saved.name, b"one", empty_home.root) == saved
    assert save_to_inbox("bengkulu", 2026, saved.name, b"two", empty_home.root).name == "ek-por-2.xls"
    with pytest.raises(WorkbenchError):
        save_to_inbox("nowhere", 2026, "x.xls", b"", empty_home.root)


def test_a_load_tells_what_was_stated_and_read_and_what_changed(empty_home: Home) -> None:
    from warehouse.language import Language

    put(empty_home, "bengkulu/2026/a.xls", html_export(exported("1", "Satu", "60,00"), exported("2", "Dua"), total=2))
    loaded = load_inbox(empty_home.root)
    assert loaded.lines(Language("id")) == ["bengkulu/2026/a.xls: tertulis 2, terbaca 2, karantina 0"]
    assert load_inbox(empty_home.root).lines(Language("id")) == []
    lists = season_lists("bengkulu", 2026, threshold="70", lang="id", home=empty_home.root)
    assert lists["below"]["title"].to_list() == ["Satu"]
    assert lists["below"].title == "Di bawah 70: 1"


def test_lists_of_a_season_say_what_changed_since_the_previous_export(example_home: Path) -> None:
    lists = season_lists("bengkulu", 2026, lang="id", home=example_home)
    assert {"Baru", "Skor naik"} <= set(lists["changed"]["change"])
    assert lists["changed"].title.startswith("Berubah sejak ekspor sebelumnya: ")
    assert lists["none_sent"]["sent"].to_list() == [0] * len(lists["none_sent"])
    assert lists["one_sent"]["sent"].to_list() == [1] * len(lists["one_sent"])
    assert max(lists["below"]["maturity"]) < 70


def test_a_kept_scenario_gives_the_figures_that_were_shown(example: Snapshot, tmp_path: Path) -> None:
    """What is held, every level and every weight are kept, and give the same index and place again."""
    frames = example.season("bengkulu", 2026)
    desk, home = WhatIf(frames, example), Home.at(tmp_path)
    levels = frames.levels()
    key = next(key for key, own in levels.items() if max(own.values()) > 0)
    number = next(number for number, level in levels[key].items() if level > 0)
    held = tuple(other for other in levels if other != key)[:2]
    tried = Scenario(
        name="coba satu",
        hold=held,
        level=(LevelChange(innovation=key, indicator=number, level=0),),
        weight=(TriedWeight(indicator=frames.rulebook.sid_groups[3].number, points=Decimal(9)),),
    )
    shown = desk.outcome(tried)
    assert keep_scenario(tried, home, example.language).path.stem == "coba-satu"
    assert read_scenario("coba-satu", home) == tried
    again = example.what_if("bengkulu", 2026, read_scenario("coba-satu", home)).frame.row(1, named=True)
    assert shown.iid_lower != desk.before.iid_lower
    assert (again["iid_lower"], again["iid_upper"]) == (shown.iid_lower, shown.iid_upper)
    assert (again["rank_low"], again["rank_high"]) == (shown.rank_low, shown.rank_high)


def test_a_kept_scenario_shows_its_weights_in_the_commands(
    iga: Callable[..., Ran], example: Snapshot, example_home: Path, tmp_path: Path
) -> None:
    """`iga scenario list` and `compare` tell the weights; a weight the season cannot have is refused in words."""
    number = example.season("bengkulu", 2026).rulebook.sid_groups[3].number
    file = tmp_path / "bobot.toml"
    tried = Scenario(name="bobot", weight=(TriedWeight(indicator=number, points=Decimal(9)),))
    file.write_text(scenario_text(tried), encoding="utf-8")
    expected = example.what_if("bengkulu", 2026, tried).frame["iid_lower"][1]
    ran = iga("scenario", "compare", "bengkulu", "2026", str(file), home=example_home, lang="id")
    assert f"{number}: 9,00" in ran.out
    assert str(expected).replace(".", ",") in ran.out
    iga("scenario", "keep", str(file), home=tmp_path)
    assert f"{number}: 9.00" in iga("scenario", "list", "--format", "csv", home=tmp_path).out
    file.write_text(scenario_text(tried.model_copy(update={"rulebook": "2027"})), encoding="utf-8")
    with pytest.raises(ScenarioInvalid):
        example.what_if("bengkulu", 2026, file)


@given(st.dictionaries(st.sampled_from([str(number) for number in range(16, 36)]), st.integers(0, 600), max_size=3))
@settings(max_examples=50, deadline=None)
def test_other_weights_keep_the_maximum(asked: dict[str, int]) -> None:
    rules = load_rulebook(2026)
    groups = {group.number: group for group in rules.sid_groups}
    asked = {number: weight for number, weight in asked.items() if number in groups}
    try:
        weights = rescaled(rules, asked)
    except WeightsInvalid:
        assert sum(asked[number] * groups[number].top_level for number in asked) > 11_100
        return
    assert sum(weight * groups[number].top_level for number, weight in weights.items()) == 11_100
    assert {number: weights[number] for number in asked} == asked


def test_weights_move_the_index_as_the_exact_sum_says(example: Snapshot) -> None:
    frames = example.season("bengkulu", 2026)
    number = frames.rulebook.sid_groups[3].number
    gains = reweighed(frames.rulebook, {number: 900}, frames.levels())
    weights = rescaled(frames.rulebook, {number: 900})
    old = {group.number: group.weight_x100 for group in frames.rulebook.sid_groups}
    for key, levels in list(frames.levels().items())[:40]:
        exact = sum((weights[one] - old[one]) * level for one, level in levels.items())
        assert abs(gains[key] - exact) <= Decimal("0.5")
    desk = WhatIf(frames, example)
    scored = frames.scored()
    total = sum(gains.get(key, 0) for key in scored["submission_id"])
    before, after = (
        desk.before,
        desk.outcome(Scenario(name="w", weight=(TriedWeight(indicator=number, points=Decimal(9)),))),
    )
    moved = Decimal(total) / 100 / frames.position().divisor * 100 / 250
    assert abs((after.iid_lower - before.iid_lower) - moved) <= Decimal("0.01")
    assert isinstance(scored, pl.DataFrame)


def test_the_server_says_where_the_desk_is_in_the_reader_s_language(monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    from workbench.lab.late_lab import Greeting

    monkeypatch.setenv("IGA_LANG", "id")
    told = logging.LogRecord("x", logging.CRITICAL, "x", 1, "\n    To access the server, open this file", (), None)
    other = logging.LogRecord("x", logging.ERROR, "x", 1, "a fault %s", ("here",), None)
    greeting = Greeting("http://127.0.0.1:8888/iga/?token=t")
    assert greeting.filter(told) and greeting.filter(other)
    assert told.getMessage().startswith("Meja inovasi ada di alamat ini")
    assert "http://127.0.0.1:8888/iga/?token=t" in told.getMessage()
    assert other.getMessage() == "a fault here"
