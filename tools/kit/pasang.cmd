@echo off
rem Pasang IGA Workbench @VERSION@ tanpa internet dan tanpa hak administrator (Windows).
rem Install IGA Workbench without internet and without administrator rights.
setlocal EnableExtensions DisableDelayedExpansion
rem pushd gives a network share a letter of a drive for as long as this runs.
pushd "%~dp0" || exit /b 1
set "PROGRAM=%LOCALAPPDATA%\IGA-Workbench"
if defined IGA_PROGRAM set "PROGRAM=%IGA_PROGRAM%"
set "DATA=%USERPROFILE%\IGA-Workbench"
if defined IGA_HOME set "DATA=%IGA_HOME%"

set "PYTHON="
for %%V in (3.13 3.12 3.11) do if not defined PYTHON py -%%V -c "" >nul 2>&1 && set "PYTHON=py -%%V"
if not defined PYTHON python -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" >nul 2>&1 && set "PYTHON=python"
if not defined PYTHON (
  echo Python 3.11 sampai 3.13 belum terpasang: lihat BACA-SAYA.txt, langkah 1.
  echo Python 3.11 to 3.13 is not installed: see BACA-SAYA.txt, step 1.
  goto failed
)

echo 1/4 Memeriksa kit / checking the kit
%PYTHON% periksa.py || goto failed
echo 2/4 Membuat lingkungan / making the environment: "%PROGRAM%"
%PYTHON% -m venv --clear "%PROGRAM%" || goto failed
echo 3/4 Memasang / installing (beberapa menit / a few minutes)
set "PIP_CONFIG_FILE=NUL"
"%PROGRAM%\Scripts\python.exe" -m pip --isolated --disable-pip-version-check install --quiet --no-index --find-links wheels -c constraints.txt "iga-workbench==@VERSION@" || goto failed

echo 4/4 Tautan mulai / start link
if not exist "%DATA%" mkdir "%DATA%"
set "START=%PROGRAM%\IGA Workbench.cmd"
> "%START%" echo @echo off
>> "%START%" echo chcp 65001 ^>nul
>> "%START%" echo if not defined IGA_HOME set "IGA_HOME=%DATA%"
>> "%START%" echo "%PROGRAM%\Scripts\iga.exe" lab %%*
>> "%START%" echo if errorlevel 1 pause
copy /y "%START%" "%APPDATA%\Microsoft\Windows\Start Menu\Programs\" >nul 2>&1
for %%D in ("%USERPROFILE%\Desktop" "%OneDrive%\Desktop") do if exist "%%~D\" copy /y "%START%" "%%~D\" >nul 2>&1
"%PROGRAM%\Scripts\iga.exe" --version || goto failed
echo Selesai. Mulai dengan "IGA Workbench" di desktop atau menu Start.
echo Done. Start with "IGA Workbench" on the desktop or in the Start menu.
popd
pause
exit /b 0

:failed
echo Pemasangan berhenti. / The installation stopped.
popd
pause
exit /b 1
