using System.Text;
using Kist.Spec;

namespace Kist.Tests.Unit.Spec;

public sealed class RuntimeSpecReaderTests
{
    static RuntimeSpec Read(string json) => RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json), []);

    static string Message(string json)
    {
        try
        {
            Read(json);
            return "no error";
        }
        catch (SpecException error)
        {
            return error.Message;
        }
    }

    [Test]
    [Arguments("", "the document: not valid JSON: line 1, column 1: the document ends too early")]
    [Arguments("{", "the document: not valid JSON: line 1, column 2: the document ends too early")]
    [Arguments("{\n  \"ociVersion\": 1.0.0\n}", "the document: not valid JSON: line 2, column 20: unexpected '.'")]
    [Arguments("{\"ociVersion\":\"1.0.0\"} x", "the document: not valid JSON: line 1, column 24: unexpected 'x'")]
    [Arguments("{\"ociVersion\":\"1.0.0\",}", "the document: not valid JSON: line 1, column 23: unexpected '}'")]
    [Arguments("[]", "the document: found an array, expected an object")]
    [Arguments("{}", "/ociVersion is missing, expected a version 1.x of the runtime specification")]
    [Arguments("{\"ociVersion\":null}", "/ociVersion is missing, expected a version 1.x of the runtime specification")]
    [Arguments("{\"ociVersion\":\"2.0.0\"}", "/ociVersion: found \"2.0.0\", expected a version 1.x of the runtime specification")]
    [Arguments("{\"ociVersion\":\"10.0.0\"}", "/ociVersion: found \"10.0.0\", expected a version 1.x of the runtime specification")]
    [Arguments("{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"foo\"}]}}",
        "/linux/namespaces/1/type: found \"foo\", expected one of pid, network, mount, ipc, uts, user, cgroup, time")]
    [Arguments("{\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"uts\"},{\"type\":\"pid\"}]}}",
        "/linux/namespaces/2/type: found pid a second time, expected each type once")]
    [Arguments("{\"process\":{\"user\":{\"uid\":-1}}}", "/process/user/uid: found -1, expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"user\":{\"uid\":4294967296}}}", "/process/user/uid: found 4294967296, expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"user\":{\"uid\":1.0}}}", "/process/user/uid: found 1.0, expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"user\":{\"uid\":1e3}}}", "/process/user/uid: found 1e3, expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"user\":{\"uid\":\"0\"}}}", "/process/user/uid: found \"0\", expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"user\":{\"additionalGids\":[1,2,{}]}}}",
        "/process/user/additionalGids/2: found an object, expected an integer from 0 to 4294967295")]
    [Arguments("{\"process\":{\"args\":\"sh\"}}", "/process/args: found \"sh\", expected an array")]
    [Arguments("{\"process\":{\"args\":[\"sh\",null]}}", "/process/args/1: found null, expected a string")]
    [Arguments("{\"process\":{\"args\":[\"a\\u0000b\"]}}", "/process/args/0: found \"a\\u0000b\", expected a string without NUL characters")]
    [Arguments("{\"process\":{\"args\":[\"\\ud800\"]}}", "/process/args/0: found a string that is not Unicode text, expected UTF-8")]
    [Arguments("{\"process\":{\"terminal\":1}}", "/process/terminal: found 1, expected true or false")]
    [Arguments("{\"process\":{\"rlimits\":[{\"soft\":1,\"hard\":1}]}}",
        "/process/rlimits/0/type is missing, expected one of RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME")]
    [Arguments("{\"process\":{\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]}}",
        "/process/rlimits/1/type: found RLIMIT_AS a second time, expected each limit once")]
    [Arguments("{\"process\":{}}", "/process/cwd is missing, expected an absolute path")]
    [Arguments("{\"annotations\":{\"a/b~c\":1}}", "/annotations/a~1b~0c: found 1, expected a string")]
    [Arguments("{\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":[\"x\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":6}]}]}}}",
        "/linux/seccomp/syscalls/0/args/0/index: found 6, expected an integer from 0 to 5")]
    [Arguments("{\"linux\":{\"devices\":[{\"type\":\"x\"}]}}", "/linux/devices/0/type: found \"x\", expected one of c, b, u, p")]
    [Arguments("{\"linux\":{\"resources\":{\"memory\":{\"limit\":9223372036854775808}}}}",
        "/linux/resources/memory/limit: found 9223372036854775808, expected an integer from -9223372036854775808 to 9223372036854775807")]
    public async Task A_wrong_document_is_refused_with_its_place_the_value_and_what_is_allowed(string json, string message)
    {
        await Assert.That(Message(json)).IsEqualTo(message);
    }

    [Test]
    public async Task Unknown_properties_are_ignored_wherever_they_stand()
    {
        RuntimeSpec spec = Read("""{"windows":{"a":[1,{"b":null}]},"ociVersion":"1.3.0","root":{"path":"r","new":1e9},"process":{"cwd":"/","x":[[]]}}""");
        await Assert.That(spec.Root).IsEqualTo(new Root("r"));
        await Assert.That(spec.Process!.Cwd).IsEqualTo("/");
    }

    [Test]
    public async Task Null_is_as_good_as_absent()
    {
        RuntimeSpec spec = Read("""{"ociVersion":"1.0.0","process": null,"mounts" : null ,"linux":{"seccomp":null,"resources":{"pids":{"limit":null}}}}""");
        await Assert.That(spec.Process).IsNull();
        await Assert.That(spec.Mounts).IsEmpty();
        await Assert.That(spec.Linux.Resources.PidsLimit).IsNull();
    }

    [Test]
    public async Task A_byte_order_mark_is_passed_over()
    {
        await Assert.That(Read("\uFEFF{\"ociVersion\":\"1.2.0\"}").OciVersion).IsEqualTo("1.2.0");
    }

    [Test]
    public async Task Names_and_values_may_be_escaped()
    {
        RuntimeSpec spec = Read("""{"oci\u0056ersion":"1.\u0030.0","linux":{"namespaces":[{"type":"\u0070id"}]}}""");
        await Assert.That(spec.OciVersion).IsEqualTo("1.0.0");
        await Assert.That(spec.Linux.Namespaces[0].Type).IsEqualTo(NamespaceType.Pid);
    }

    [Test]
    public async Task A_capability_that_nobody_knows_is_dropped_with_one_warning()
    {
        var warnings = new List<string>();
        RuntimeSpec spec = RuntimeSpecReader.Read(
            """{"ociVersion":"1.0.0","process":{"cwd":"/","capabilities":{"bounding":["CAP_CHOWN","CAP_FLY"],"effective":["CAP_FLY","CAP_BPF"],"ambient":["cap_kill"]}}}"""u8,
            warnings);
        await Assert.That(spec.Process!.Capabilities).IsEqualTo(new Capabilities(1, 1UL << 39, 0, 0, 0));
        await Assert.That(string.Join('\n', warnings)).IsEqualTo(
            "/process/capabilities: \"CAP_FLY\" is not a capability that is known here: dropped\n"
            + "/process/capabilities: \"cap_kill\" is not a capability that is known here: dropped");
    }

    [Test]
    public async Task A_flood_of_unknown_capabilities_is_no_flood_of_warnings()
    {
        string names = string.Join(',', Enumerable.Range(0, 300_000).Select(i => $"\"{i}\""));
        var warnings = new List<string>();
        RuntimeSpecReader.Read(
            Encoding.UTF8.GetBytes("{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"capabilities\":{\"bounding\":[" + names + "]}}}"), warnings);
        await Assert.That(warnings.Count).IsEqualTo(CapabilityTable.Count + 1);
    }

    [Test]
    [Arguments("[")]
    [Arguments("{\"a\":")]
    public async Task A_document_nested_without_end_is_refused(string open)
    {
        string bomb = "{\"x\":" + string.Concat(Enumerable.Repeat(open, 100_000));
        await Assert.That(Message(bomb)).EndsWith("nested deeper than 64 levels");
    }

    [Test]
    public async Task A_document_of_unreasonable_size_is_refused()
    {
        string message = "";
        try
        {
            RuntimeSpecReader.Read(new byte[RuntimeSpecReader.MaxLength + 1], []);
        }
        catch (SpecException error)
        {
            message = error.Message;
        }
        await Assert.That(message).IsEqualTo("the document: found 4194305 bytes, expected at most 4194304");
    }
}
