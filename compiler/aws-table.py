#!/usr/bin/env python3
"""Writes aws.def, what aslc knows of the services of AWS, from botocore's models.

    python3 compiler/aws-table.py > compiler/aws.def

For maintainers only: aws.def is committed, and nothing else reads the models.

Most of a model can be told from names: a member of the Java SDK, whose spelling workflows
use, is on the wire what its name says, and its value is what JSON says.  So the table has
the exceptions only, by the member's name in its service:

    NAME[=WIRE][:KINDS[/ITEM[/ITEM]]]        PARENT.NAME... where a name means two things

KINDS: l list, f flattened list, m map, F flattened map (each from outside in), and of what:
t seconds since 1970, T RFC 3339, R RFC 822, b binary, i integer, d number, z boolean,
j any JSON, q JSON in a text, s a text that is given as any JSON.  Lists and numbers are told for XML only.
"""
import collections
import sys

from botocore import loaders

# Services whose requests are placed in URIs: those that workflows are known to call.
REST_JSON = """lambda batch apigateway xray scheduler bedrock bedrock-runtime bedrock-agent
    bedrock-agent-runtime eks pipes appsync polly iot-data mediaconvert emr-containers
    emr-serverless databrew efs sesv2 amplify fis ivs
    iotanalytics appconfig appconfigdata rds-data     account apigatewayv2 resource-groups dlm
    lookoutvision elastictranscoder     """.split()
REST_XML = ["s3", "route53"]
EC2 = """AttachVolume AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
    CancelSpotInstanceRequests CopyImage CopySnapshot CreateImage CreateKeyPair
    CreateLaunchTemplate CreateLaunchTemplateVersion CreateNetworkInterface CreateRoute
    CreateSecurityGroup CreateSnapshot CreateSnapshots CreateSubnet CreateTags CreateVolume
    CreateVpc CreateVpcEndpoint DeleteKeyPair DeleteLaunchTemplate DeleteNetworkInterface
    DeleteSecurityGroup DeleteSnapshot DeleteSubnet DeleteTags DeleteVolume DeleteVpc
    DeregisterImage DescribeAddresses DescribeAvailabilityZones DescribeImages
    DescribeInstanceAttribute DescribeInstances DescribeInstanceStatus DescribeInstanceTypes
    DescribeKeyPairs DescribeLaunchTemplates DescribeLaunchTemplateVersions
    DescribeNetworkInterfaces DescribeRegions DescribeRouteTables DescribeSecurityGroups
    DescribeSnapshots DescribeSpotInstanceRequests DescribeSubnets DescribeTags
    DescribeVolumes DescribeVolumesModifications DescribeVolumeStatus DescribeVpcs
    DetachVolume DisassociateAddress AssociateAddress AllocateAddress ReleaseAddress
    EnableFastSnapshotRestores ImportSnapshot GetConsoleOutput ModifyImageAttribute
    ModifyInstanceAttribute ModifyNetworkInterfaceAttribute ModifySnapshotAttribute
    ModifyVolume RebootInstances RequestSpotInstances RevokeSecurityGroupEgress
    RevokeSecurityGroupIngress RunInstances StartInstances StopInstances
    TerminateInstances""".split()
# Texts that hold JSON: what is given there as JSON is sent as its text.
DOCUMENTS = """Input Output Detail Message MessageBody SecretString PolicyDocument
    AssumeRolePolicyDocument Policy ResourcePolicy TemplateBody Definition EventPattern
    DashboardBody RedrivePolicy FilterPolicy InputTemplate ConstantInput Value StackPolicyBody
    Payload Document Content Configuration JobTemplate Body""".split()
PREFERRED = ["json", "query", "ec2", "rest-json", "rest-xml"]
LEAVES = {"integer": "i", "long": "i", "float": "d", "double": "d", "boolean": "z"}
TIMES = {"unixTimestamp": "t", "iso8601": "T", "rfc822": "R"}


def uncapital(name):
    """The Java SDK's name of a member: a leading run of capitals is folded."""
    i = 0
    while True:
        i += 1
        more = i < len(name) and name[i].isupper()
        if not more or (i < len(name) - 1 and name[i + 1].islower()):
            return name[:i].lower() + name[i:]


def capital(name):
    return name[0].upper() + name[1:]


def java(name):
    return capital(uncapital(name))


class Service:
    def __init__(self, folder, model):
        self.folder = folder
        self.model = model
        self.shapes = model["shapes"]
        meta = self.meta = model["metadata"]
        offered = meta.get("protocols") or [meta["protocol"]]
        self.protocol = next((p for p in PREFERRED if p in offered), None)
        self.id = meta["serviceId"]
        self.xml = self.protocol in ("query", "ec2", "rest-xml")

    def key(self):
        return "".join(c for c in self.id.lower() if c.isalnum())

    def operations(self):
        ops = self.model["operations"].values()
        if self.protocol == "ec2":
            return [op for op in ops if op["name"] in EC2]
        return list(ops)

    # ---- members ------------------------------------------------------------------

    def kinds(self, ref, header_default=None, flattened=None, name=None):
        """KINDS and items of a reference to a shape."""
        shape = self.shapes[ref["shape"]]
        kind = shape["type"]
        if ref.get("jsonvalue") or shape.get("jsonvalue"):
            return "q", []
        if kind == "list":
            inner, items = self.kinds(shape["member"])
            if not self.xml:
                return inner, items
            if self.protocol == "ec2" or shape.get("flattened") or ref.get("flattened"):
                # a flattened list's items have the name of the list
                name = shape["member"].get("locationName")
                if self.protocol == "ec2" and not flattened:
                    return "l" + inner, [name or "item"] + items
                return "f" + inner, items
            name = shape["member"].get("locationName", "member")
            return "l" + inner, [name] + items
        if kind == "map":
            inner, items = self.kinds(shape["value"])
            flat = shape.get("flattened") or ref.get("flattened")
            names = [shape["key"].get("locationName", "key"),
                     shape["value"].get("locationName", "value")] if self.xml else []
            return ("F" if flat else "m") + inner, names + items
        if kind == "timestamp":
            default = {"json": "unixTimestamp", "rest-json": "unixTimestamp"}.get(
                self.protocol, "iso8601")
            style = (ref.get("timestampFormat") or shape.get("timestampFormat")
                     or header_default or default)
            return TIMES[style], []
        if kind == "blob":
            return "b", []
        if kind == "structure" and shape.get("document"):
            return "j", []
        if kind == "string" and name in DOCUMENTS:
            return "s", []
        if (self.xml or header_default) and kind in LEAVES:
            return LEAVES[kind], []
        return "", []

    def wire(self, name, ref, shape, inward):
        if self.protocol == "ec2" and inward:
            return ref.get("queryName") or capital(ref.get("locationName", name))
        wire = ref.get("locationName", name)
        target = self.shapes[ref["shape"]]
        if self.xml and target["type"] == "list" and (
                target.get("flattened") or ref.get("flattened")):
            wire = target["member"].get("locationName", wire)
        return wire

    def default_wire(self, name):
        return name[0].lower() + name[1:] if self.camel else name

    def reach(self, roots):
        """(parent member, structure shape) for all structures from ROOTS on."""
        seen, todo = set(), [("", r) for r in roots if r]
        while todo:
            parent, name = todo.pop()
            if (parent, name) in seen:
                continue
            seen.add((parent, name))
            shape = self.shapes[name]
            if shape["type"] == "structure":
                for member, ref in sorted(shape.get("members", {}).items()):
                    todo.append((java(member), self.leaf(ref["shape"])))
        return sorted(p for p in seen if self.shapes[p[1]]["type"] == "structure")

    def leaf(self, name):
        while self.shapes[name]["type"] in ("list", "map"):
            shape = self.shapes[name]
            name = (shape.get("member") or shape["value"])["shape"]
        return name

    def members(self, roots, inward):
        found = collections.defaultdict(list)  # name: [(parent, token)]
        for parent, name in self.reach(roots):
            shape = self.shapes[name]
            for member, ref in sorted(shape.get("members", {}).items()):
                where = ref.get("location")
                kinds, items = self.kinds(
                    ref, {"header": "rfc822", "querystring": "iso8601",
                          "uri": "iso8601"}.get(where),
                    self.protocol == "ec2" and inward, java(member))
                wire = self.wire(member, ref, shape, inward)
                if where:
                    wire = None
                elif wire == self.default_wire(java(member)) or ":" in wire:
                    wire = None  # attributes of XML elements (xsi:type) are not sent
                if self.xml and items[:1] == ["member"] and len(items) == 1:
                    items = []
                if self.xml and items == ["key", "value"]:
                    items = []
                if self.protocol == "ec2" and items[:1] == ["item"] and len(items) == 1:
                    items = []
                token = ("=" + wire if wire else "") + (":" + kinds if kinds else "")
                if items and kinds:
                    token += "".join("/" + i for i in items)
                found[java(member)].append((parent, token))
        tokens = []
        for name, uses in sorted(found.items()):
            common = collections.Counter(t for _, t in uses).most_common(1)[0][0]
            if common:
                tokens.append(name + common)
            other = {}
            for parent, token in uses:
                if token != common:
                    other[parent] = token
            for parent, token in sorted(other.items()):
                tokens.append(f"{parent}.{name}{token or ':'}")
        return tokens

    def tables(self):
        ops = self.operations()
        roots_in = [op["input"]["shape"] for op in ops if "input" in op]
        roots_out = [op["output"]["shape"] for op in ops if "output" in op]
        every = [m for n in self.shapes for m in self.shapes[n].get("members", {})
                 if self.shapes[n]["type"] == "structure"]
        lower = sum(m[0].islower() for m in every)
        self.camel = lower * 2 > len(every)
        if self.protocol == "ec2":
            self.camel = False
            inward = self.members(roots_in, True)
            self.camel = True
            return inward, self.members(roots_out, False)
        if self.xml:
            return self.members(roots_in, True), self.members(roots_out, False)
        both = self.members(roots_in + roots_out, True)
        if self.folder == "dynamodb":  # as the Java SDK spells it; the other is taken, too
            both.insert(both.index("Null=NULL"), "Nul=NULL")
        return both, both

    # ---- operations ---------------------------------------------------------------

    def places(self, ref, outward):
        shape = self.shapes[ref["shape"]] if ref else {}
        tokens = []
        payload = shape.get("payload")
        for name, member in sorted(shape.get("members", {}).items()):
            where, wire = member.get("location"), member.get("locationName", name)
            letter = {"uri": "u", "querystring": "q", "header": "h", "headers": "H",
                      "statusCode": "s", None: None}[where]
            if name == payload:
                kind = self.shapes[member["shape"]]["type"]
                letter = "P" if kind in ("structure", "union", "list") else "p"
                wire = member.get("locationName", member["shape"])
            if letter:
                tokens.append(letter + java(name) + ("=" + wire if wire != java(name) else ""))
        return tokens

    def operation(self, op):
        words = [op["name"], op["http"]["method"], op["http"]["requestUri"]]
        words += self.places(op.get("input"), False)
        root = op.get("input", {})
        if self.protocol == "rest-xml" and root.get("locationName"):
            words.append("r" + root["locationName"])
        out = self.places(op.get("output"), True)
        if out:
            words += [">"] + out
        return " ".join(words)

    def errors(self):
        found = {}
        for op in self.operations():
            for ref in op.get("errors", []):
                name = ref["shape"]
                code = self.shapes[name].get("error", {}).get("code", name)
                found[code] = name
        return [code if code == name else f"{code}={name}"
                for code, name in sorted(found.items())]

    def namespace(self):
        ns = self.meta.get("xmlNamespace", "")
        if isinstance(ns, dict):
            ns = ns.get("uri", "")
        for op in self.model["operations"].values():
            ns = ns or op.get("input", {}).get("xmlNamespace", {}).get("uri", "")
        return ns if self.protocol == "rest-xml" else ""


def quote(words, indent="        "):
    """WORDS, separated by spaces, as C string literals."""
    lines, line = [], ""
    for word in words:
        if line and len(line) + len(word) > 82:
            lines.append(line)
            line = ""
        line += word + " "
    lines.append(line)
    return ("\n" + indent).join(
        '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in lines)


PREFIXES = {"efs": "Efs", "elasticloadbalancing": "ElasticLoadBalancing"}
PASCAL = {"acmpca": "AcmPca", "cloudhsmv2": "CloudHsmV2", "cloudwatchlogs": "CloudWatchLogs",
          "cognitoidentityprovider": "CognitoIdentityProvider", "docdb": "DocDb",
          "dynamodb": "DynamoDb", "elasticache": "ElastiCache", "eventbridge": "EventBridge",
          "fsx": "FSx", "iotanalytics": "IoTAnalytics", "mturk": "MTurk",
          "rdsdata": "RdsData", "sesv2": "SesV2", "wafv2": "Wafv2", "xray": "XRay"}


def prefix(service_id):
    """The Java SDK's name of a service: its words, acronyms folded."""
    key = "".join(c for c in service_id.lower() if c.isalnum())
    if key in PASCAL:
        return PASCAL[key]
    words = service_id.replace("-", " ").split()
    return "".join(w.capitalize() if w.isupper() else capital(w) for w in words)


def main():
    out = sys.stdout
    loader = loaders.Loader()
    out.write("/* What aslc knows of the services of AWS.  Generated by aws-table.py, which says what\n"
              " * the texts mean, from the models of botocore (Apache License 2.0). */\n")
    for folder in sorted(loader.list_available_services("service-2")):
        s = Service(folder, loader.load_service_model(folder, "service-2"))
        if s.protocol is None or (s.protocol == "rest-json" and folder not in REST_JSON) or (
                s.protocol == "rest-xml" and folder not in REST_XML):
            continue
        inward, outward = s.tables()
        version = s.meta.get("jsonVersion", "") if s.protocol == "json" else s.meta["apiVersion"]
        rest = s.protocol.startswith("rest")
        ops = ([s.operation(op) + ";" for op in s.operations()] if rest
               else [op["name"] for op in s.operations()])
        out.write(
            f'SERVICE("{s.key()}", "{s.id}", "{prefix(s.id)}", "{s.protocol}", '
            f'"{s.meta.get("targetPrefix", "")}",\n        "{version}", '
            f'"{s.meta["endpointPrefix"]}", '
            f'"{s.meta.get("signingName", s.meta["endpointPrefix"])}", '
            f'{"true" if s.camel and s.protocol != "ec2" else "false"}, "{s.namespace()}",\n        '
            f'{quote(inward)},\n        {quote(outward) if outward is not inward else "NULL"},\n        '
            f'{quote(s.errors())},\n        {quote(ops)})\n')


main()
