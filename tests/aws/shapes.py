#!/usr/bin/env python3
"""Makes runtime/task/aws_shapes.def of the service descriptions that botocore brings.

    shapes.py > runtime/task/aws_shapes.def

What TestState checks a mocked result against: the outputs of services' calls, with the
constraints that it looks at.  Names are those of Step Functions: members begin with a
capital letter.  The form is described in aws_shapes.h.
"""

import re

import botocore
import botocore.session

# Name in a Resource, name in botocore, calls (none: all of them).
SERVICES = [
    ("athena", "athena", "startQueryExecution stopQueryExecution getQueryExecution "
                         "getQueryResults"),
    ("batch", "batch", "submitJob describeJobs terminateJob"),
    ("bedrockruntime", "bedrock-runtime", "invokeModel"),
    ("cloudwatch", "cloudwatch", "putMetricData getMetricData describeAlarms"),
    ("cloudwatchlogs", "logs", "putLogEvents getLogEvents describeLogGroups startQuery "
                               "getQueryResults"),
    ("codebuild", "codebuild", "startBuild stopBuild batchGetBuilds"),
    ("databrew", "databrew", "startJobRun"),
    ("dynamodb", "dynamodb", "getItem putItem updateItem deleteItem query scan batchGetItem "
                             "batchWriteItem transactGetItems transactWriteItems describeTable "
                             "createTable deleteTable listTables updateTable"),
    ("ecs", "ecs", "runTask stopTask describeTasks"),
    ("emrserverless", "emr-serverless", "startJobRun getJobRun cancelJobRun"),
    ("eventbridge", "events", "putEvents putRule putTargets listRules describeRule "
                              "removeTargets deleteRule"),
    ("glue", "glue", "startJobRun getJobRun getJobRuns startCrawler getTable getDatabase"),
    ("kms", "kms", "encrypt decrypt generateDataKey generateDataKeyWithoutPlaintext reEncrypt "
                   "sign verify describeKey createKey listKeys listAliases generateRandom "
                   "getPublicKey generateMac verifyMac"),
    ("lambda", "lambda", "invoke getFunction getFunctionConfiguration listFunctions "
                         "createFunction updateFunctionCode updateFunctionConfiguration "
                         "deleteFunction getAlias getPolicy publishVersion getAccountSettings"),
    ("rekognition", "rekognition", "detectLabels detectText detectFaces"),
    ("s3", "s3", "getObject putObject deleteObject headObject copyObject listObjectsV2 "
                 "listBuckets createBucket deleteObjects getObjectTagging getBucketLocation"),
    ("secretsmanager", "secretsmanager", "getSecretValue putSecretValue createSecret "
                                         "describeSecret listSecrets deleteSecret"),
    ("sfn", "stepfunctions", "startExecution startSyncExecution describeExecution "
                             "stopExecution listExecutions describeStateMachine "
                             "listStateMachines getExecutionHistory sendTaskSuccess "
                             "sendTaskFailure sendTaskHeartbeat createStateMachine"),
    ("sns", "sns", "publish publishBatch createTopic listTopics subscribe getTopicAttributes"),
    ("sqs", "sqs", "sendMessage sendMessageBatch receiveMessage deleteMessage createQueue "
                   "getQueueUrl getQueueAttributes listQueues purgeQueue"),
    ("ssm", "ssm", "getParameter getParameters getParametersByPath putParameter "
                   "deleteParameter sendCommand"),
    ("sts", "sts", "getCallerIdentity assumeRole"),
    ("textract", "textract", "startDocumentTextDetection"),
]

# Members that the optimized integrations parse.
PARSED = {("lambda", "InvocationResponse", "Payload"),
          ("bedrockruntime", "InvokeModelResponse", "body")}
# What AWS was recorded to refuse, although the description allows it.
RECORDED = {("lambda", "MemorySize"): "(128,10240)"}
LETTERS = {"string": "s", "character": "s", "blob": "s", "timestamp": "s", "boolean": "b",
           "integer": "n", "long": "n", "float": "n", "double": "n", "bigdecimal": "n"}


def limits(service, shape):
    if (service, shape.name) in RECORDED:
        return RECORDED[service, shape.name]
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is None and most is None:
        return ""
    whole = lambda n: "" if n is None else str(int(n)) if int(n) == n else str(n)
    return f"({whole(least)},{whole(most)})"


def type_of(service, shape, needed):
    """The type of a shape as text; structures go to NEEDED."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return "*"
        needed.append(shape)
        return "@" + shape.name
    if kind == "list":
        return f"[{type_of(service, shape.member, needed)}]"
    if kind == "map":
        return f"<{type_of(service, shape.value, needed)}>"
    words = getattr(shape, "enum", [])
    if words:
        assert not any(re.search(r"[ |\]>]", word) for word in words), words
        return "s=" + "|".join(words)
    letter = LETTERS[kind]
    return letter + (limits(service, shape) if letter != "b" and kind != "timestamp" else "")


def members_of(service, shape, needed):
    out = []
    for name, member in shape.members.items():
        required = "!" if name in shape.required_members else ""
        if (service, shape.name, name) in PARSED:
            text = "*"
        elif member.type_name == "structure" and getattr(member, "event_stream", False):
            continue
        else:
            text = type_of(service, member, needed)
        out.append(f"{name[0].upper()}{name[1:]}{required}:{text}")
    return out


def literal(macro, service, name, members):
    """One line of the table, its text cut into literals."""
    lines, line = [], ""
    for word in members:
        while len(line) + len(word) > 84 and line:
            lines.append(line)
            line = ""
        while len(word) > 84:
            lines.append(word[:84])
            word = word[84:]
        line += word + " "
    lines.append(line)
    lines[-1] = lines[-1].rstrip()
    body = "\n      ".join(f'"{text}"' for text in lines)
    return f'{macro}("{service}", "{name}",\n      {body})'


def service_lines(name, model, wanted):
    operations = {op[0].lower() + op[1:]: op for op in model.operation_names}
    done, queue, lines = set(), [], []
    for call in wanted.split():
        output = model.operation_model(operations[call]).output_shape
        members = members_of(name, output, queue) if output is not None else []
        lines.append(literal("CALL", name, call, members))
    while queue:
        shape = queue.pop(0)
        if shape.name in done:
            continue
        done.add(shape.name)
        lines.append(literal("PART", name, shape.name, members_of(name, shape, queue)))
    return lines


def main():
    session = botocore.session.get_session()
    print("/* Outputs of AWS's services; see aws_shapes.h.  Made by tests/aws/shapes.py from the\n"
          f" * descriptions in botocore {botocore.__version__} (Apache License 2.0); not to be edited. */")
    for name, known_as, wanted in SERVICES:
        for line in service_lines(name, session.get_service_model(known_as), wanted):
            print(line)


if __name__ == "__main__":
    main()
