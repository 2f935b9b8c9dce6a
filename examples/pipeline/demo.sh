#!/bin/sh
# Builds the pipeline and runs it twice beside local emulators of DynamoDB (dynalite) and S3
# (s3rver), which `./bootstrap check` installs below tests/.  Without them it ends with 77.
set -eu
cd "$(dirname "$0")"
ASLC=${ASLC:-../../compiler/aslc}
packages=${NODE_PATH:-$(cd ../../tests && pwd)/node_modules}
work=$(mktemp -d)
emulators=
end()
{
    exec 9>&- || true
    [ -z "$emulators" ] || kill "$emulators" 2> /dev/null || true
    rm -rf "$work"
}
trap end EXIT

command -v node > /dev/null 2>&1 || { echo "not run: there is no node"; exit 77; }
[ -d "$packages/dynalite" ] || { echo "not run: $packages has no dynalite"; exit 77; }

mkfifo "$work/hold"
NODE_PATH=$packages node ../../tests/aws/emulators.cjs orders id reports \
    < "$work/hold" > "$work/urls" &
emulators=$!
exec 9> "$work/hold"
while [ ! -s "$work/urls" ]; do
    kill -0 "$emulators" || exit 1
    sleep 0.1
done
url() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$work/urls"; }

AWS_ENDPOINT_URL_DYNAMODB=$(url dynamodb)
AWS_ENDPOINT_URL_S3=$(url s3)
AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
export AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_S3
export AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

"$ASLC" build -o "$work/pipeline" flow.asl.json
"$work/pipeline" --input input.json | tee "$work/first"
"$work/pipeline" --input input.json | tee "$work/second"
grep -q '"new":\["a1","b2","c3"\],"known":\[\]' "$work/first" ||
    grep -q '"known":\[\],"new":\["a1","b2","c3"\]' "$work/first"
grep -q '"new":\[\]' "$work/second"
grep -q '"stored":3' "$work/second"
