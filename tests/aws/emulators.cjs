// Emulators of DynamoDB (dynalite) and S3 (s3rver) on 127.0.0.1; prints their URLs as one line
// of JSON, makes the table and the bucket that it is told, and ends with its standard input.
//
//     node emulators.cjs [TABLE KEY BUCKET]
'use strict'
const fs = require('fs')
const http = require('http')
const os = require('os')
const path = require('path')
const dynalite = require('dynalite')
const S3rver = require('s3rver')

const [table, key, bucket] = process.argv.slice(2)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 's3rver.'))

function ask (port, target, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'DynamoDB_20120810.' + target,
        'X-Amz-Date': '20230101T000000Z',
        Authorization: 'AWS4-HMAC-SHA256 Credential=a/20230101/us-east-1/dynamodb/aws4_request, ' +
          'SignedHeaders=host, Signature=0'
      }
    }, response => {
      response.resume()
      response.on('end', () => response.statusCode === 200
        ? resolve()
        : reject(new Error(target + ': ' + response.statusCode)))
    })
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}

async function main () {
  const dynamo = dynalite({ createTableMs: 0 })
  await new Promise((resolve, reject) => dynamo.listen(0, '127.0.0.1', e => e ? reject(e) : resolve()))
  const port = dynamo.address().port
  const s3 = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    vhostBuckets: false,
    configureBuckets: bucket ? [{ name: bucket }] : []
  })
  const address = await s3.run()
  if (table) {
    await ask(port, 'CreateTable', {
      TableName: table,
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST'
    })
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  console.log(JSON.stringify({
    dynamodb: `http://127.0.0.1:${port}`, s3: `http://127.0.0.1:${address.port}`
  }))
}

function end () {
  fs.rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}
process.stdin.on('end', end).resume()
process.on('SIGTERM', end)
main().catch(error => { console.error(error); process.exit(1) })
