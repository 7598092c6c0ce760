#!/usr/bin/env bash
# Everything that must hold, by one command: restore, build, format, unit and component tests, browser tests.
# Needs the .NET 10 SDK; installs what else is missing from Debian's packages (as root or through sudo).
# Results (TRX, logs) go to TestResults/. The last line is the total: "N passed, N failed[, N skipped]".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
results=$PWD/TestResults
passed=0 failed=0 skipped=0

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 HOME="${HOME:-/tmp}"
# Build servers would outlive this script and hold its output open: a pipe behind it would never end.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# The tests choose their own settings; a key or a setting of this shell must not leak into them.
unset OPENAI_API_KEY
for name in $(compgen -e); do [[ $name == *__* ]] && unset "$name"; done

say() { printf '\n== %s\n' "$1"; }

finish() {
  local total="$passed passed, $failed failed"
  [ "$skipped" -gt 0 ] && total="$total, $skipped skipped"
  printf '\n%s\n' "$total"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit $?
}

# A step that is not a test: counts as one failure when it fails.
step() {
  local title=$1
  shift
  say "$title"
  if "$@" </dev/null; then return 0; fi
  echo "FAILED: $title"
  failed=$((failed + 1))
  return 1
}

missing_packages() {
  command -v git >/dev/null || echo git
  command -v chromium >/dev/null || echo chromium fonts-liberation
  [ -n "$(command -v initdb)$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || echo postgresql
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null || echo redis-server
  command -v rsync >/dev/null || echo rsync
  command -v ssh >/dev/null && command -v ssh-keyscan >/dev/null || echo openssh-client
  command -v bwrap >/dev/null || echo bubblewrap
  command -v npm >/dev/null || echo npm
  command -v tmux >/dev/null || echo tmux
  [ -n "$(ls /usr/sbin/sshd 2>/dev/null)" ] || echo openssh-server
  PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -q 'libsqlite3\.so\.0' || echo libsqlite3-0
}

prepare() {
  local wanted as_root=()
  wanted=$(missing_packages | tr '\n' ' ')
  if [ -z "$wanted" ]; then echo "git, chromium, postgresql, redis-server, rsync, ssh, sshd, bwrap, npm, tmux and libsqlite3 are here."; return 0; fi
  if ! command -v apt-get >/dev/null; then
    echo "Missing: $wanted. This machine has no apt-get; install them by hand and run this again."
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "Missing: $wanted. Run 'sudo apt-get install $wanted', then run this again."
      return 1
    fi
    as_root=(sudo -n)
  fi
  echo "Installing $wanted"
  { "${as_root[@]}" apt-get update -qq \
    && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted; } >"$results/apt.log" 2>&1 \
    && [ -z "$(missing_packages)" ] && return 0
  tail -n 15 "$results/apt.log"
  return 1
}

# The Codex CLI that the tests run, pinned by its lock file. What is there already is kept.
codex() {
  if [ -x e2e/codex/node_modules/.bin/codex ] && cmp -s e2e/codex/package-lock.json e2e/codex/node_modules/.installed; then echo "Codex is here."; return 0; fi
  npm ci --prefix e2e/codex --no-audit --no-fund --loglevel=error && cp e2e/codex/package-lock.json e2e/codex/node_modules/.installed
}

# What the browser tests load into a page, pinned by its lock file. What is there already is kept.
web() {
  if [ -f e2e/web/node_modules/axe-core/axe.min.js ] && cmp -s e2e/web/package-lock.json e2e/web/node_modules/.installed; then echo "axe-core is here."; return 0; fi
  npm ci --prefix e2e/web --no-audit --no-fund --loglevel=error && cp e2e/web/package-lock.json e2e/web/node_modules/.installed
}

count() { sed -n 's/.*<Counters [^>]*\b'"$2"'="\([0-9]*\)".*/\1/p' "$1" | head -n 1; }

# Runs one test program; its numbers come from the TRX file it writes.
run_tests() {
  local title=$1 program=$2 limit=$3
  local trx="$results/$title.trx" log="$results/$title.log" code
  say "$title"
  timeout --signal=INT --kill-after=20 "$limit" dotnet "$program" -noLogo -trx "$trx" </dev/null >"$log" 2>&1
  code=$?
  if ! grep -q '<Counters ' "$trx" 2>/dev/null; then
    tail -n 40 "$log"
    echo "FAILED: $title ended with code $code and left no results (124 means: longer than $limit s)."
    failed=$((failed + 1))
    return
  fi
  local ok bad left
  ok=$(count "$trx" passed)
  bad=$(count "$trx" failed)
  left=$(count "$trx" notExecuted)
  passed=$((passed + ok))
  failed=$((failed + bad))
  skipped=$((skipped + left))
  echo "$ok passed, $bad failed, $left skipped; log: TestResults/$title.log"
  if [ "$bad" -gt 0 ]; then
    grep -o '<UnitTestResult [^>]*outcome="Failed"[^>]*>' "$trx" | sed 's/.*testName="\([^"]*\)".*/  FAILED \1/' | sort
    # What a hub logged in between says less than what failed.
    grep -v '"timestamp":' "$log" | grep -A 14 -F '[FAIL]' | head -n 200
  elif [ "$code" -ne 0 ]; then
    tail -n 40 "$log"
    echo "FAILED: $title ended with code $code although no test failed."
    failed=$((failed + 1))
  elif [ "$ok" -eq 0 ]; then
    echo "FAILED: $title ran no test."
    failed=$((failed + 1))
  fi
}

rm -rf "$results"
mkdir -p "$results"

step "Prepare the machine" prepare || finish
step "Install Codex" codex || finish
step "Install axe" web || finish
step "Restore" dotnet restore ControlChat.sln --locked-mode --disable-build-servers -v q || finish
step "Build" dotnet build ControlChat.sln --no-restore --disable-build-servers -warnaserror -v q -clp:NoSummary || finish
step "Format (dotnet format mends it)" dotnet format ControlChat.sln --verify-no-changes --no-restore
run_tests Tests ControlChat.Tests/bin/Debug/net10.0/ControlChat.Tests.dll 2700
run_tests Journeys e2e/Journeys/bin/Debug/net10.0/ControlChat.Journeys.dll 2400
finish
