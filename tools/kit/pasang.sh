#!/bin/sh
# Pasang IGA Workbench @VERSION@ tanpa internet dan tanpa hak administrator (Linux, macOS).
# Install IGA Workbench without internet and without administrator rights.
set -eu
kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
program=${IGA_PROGRAM:-${XDG_DATA_HOME:-$HOME/.local/share}/iga-workbench}
data=${IGA_HOME:-$HOME/IGA-Workbench}

python=
for name in python3.13 python3.12 python3.11 python3; do
  if command -v "$name" >/dev/null 2>&1 &&
    "$name" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    python=$name
    break
  fi
done
if [ -z "$python" ]; then
  echo "Python 3.11 sampai 3.13 tidak ditemukan. / Python 3.11 to 3.13 is not installed." >&2
  exit 1
fi

echo "1/4 Memeriksa kit / checking the kit"
"$python" "$kit/periksa.py"
echo "2/4 Membuat lingkungan / making the environment: $program"
"$python" -m venv --clear "$program"
echo "3/4 Memasang / installing (beberapa menit / a few minutes)"
PIP_CONFIG_FILE=/dev/null "$program/bin/python" -m pip --isolated --disable-pip-version-check install --quiet --no-index \
  --find-links "$kit/wheels" -c "$kit/constraints.txt" "iga-workbench==@VERSION@"

echo "4/4 Tautan mulai / start link"
mkdir -p "$data"
start=$program/mulai.sh
{
  echo '#!/bin/sh'
  printf 'IGA_HOME=${IGA_HOME:-"%s"} exec "%s" lab "$@"\n' "$data" "$program/bin/iga"
} >"$start"
chmod 755 "$start"
if [ "$(uname)" = Darwin ]; then
  if [ -d "$HOME/Desktop" ]; then cp "$start" "$HOME/Desktop/IGA Workbench.command"; fi
else
  links=${XDG_DATA_HOME:-$HOME/.local/share}/applications
  mkdir -p "$links"
  printf '[Desktop Entry]\nType=Application\nName=IGA Workbench\nExec="%s"\nTerminal=true\nCategories=Office;\n' "$start" \
    >"$links/iga-workbench.desktop"
fi
"$program/bin/iga" --version
echo "Selesai. Mulai dengan / done. Start with: $start"
