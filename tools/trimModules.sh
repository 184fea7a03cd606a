#!/bin/sh
# For images: deletes from node_modules what the built program never loads on this system. Run it after the build and
# `npm prune --omit=dev`. What it saves: docs/decisions/what-is-installed.md.
set -eu
cd "$(dirname "$0")/../node_modules"
case "$(uname -m)" in
  aarch64) cpu=arm64 ;;
  *) cpu=x64 ;;
esac

# Libraries of other systems and processors.
find onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -rf {} +
find onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d -path '*/linux/*' ! -name "$cpu" -exec rm -rf {} +
rm -rf @libsql/linux-*-musl @img/sharp-*musl* @napi-rs/canvas-*-musl

# Prisma's generator and what comes with it, and the query compilers of other databases.
rm -rf prisma @prisma/studio-core @prisma/dev @prisma/engines @prisma/engines-version @prisma/fetch-engine \
  @prisma/get-platform @prisma/query-plan-executor @prisma/config typescript
find @prisma/client/runtime -name 'query_compiler_*' \
  ! -name 'query_compiler_small_bg.sqlite.*' ! -name 'query_compiler_small_bg.postgresql.*' -delete
