using System.Diagnostics;
using System.Globalization;
using System.Text;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F10: malformed requests to every REST route and to the event stream. No crash, no hang, no 5xx, no growth.</summary>
public sealed class MalformedInput : Fault
{
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(1);

    /// <summary>Method, path (<c>%</c> = a mangled id) and a body that would be right.</summary>
    private static readonly (string Method, string Path, string? Body)[] _routes =
    [
        ("GET", "/api/v1/me", null),
        ("GET", "/api/v1/tools", null),
        ("POST", "/api/v1/tools/workspace.list", """{"request_id":"fuzz-0001","arguments":{"limit":5,"text":"a","state":"active","cursor":"x"}}"""),
        ("POST", "/api/v1/tools/workspace.create", """{"request_id":"fuzz-0002","arguments":{"title":"a","tags":["b"]},"dry_run":true}"""),
        ("POST", "/api/v1/tools/workspace.archive", """{"request_id":"fuzz-0003","arguments":{"workspace_id":"ws_1"},"dry_run":true}"""),
        ("POST", "/api/v1/tools/plan.batch", """{"request_id":"fuzz-0004","arguments":{"steps":[{"tool":"workspace.archive","arguments":{"workspace_id":{"$step":0}}}]},"dry_run":true}"""),
        ("POST", "/api/v1/tools/config.set", """{"request_id":"fuzz-0005","arguments":{"key":"Ui:PageSize","value":20},"dry_run":true}"""),
        ("POST", "/api/v1/tools/audit.search", """{"request_id":"fuzz-0006","arguments":{"text":"a"}}"""),
        ("POST", "/api/v1/tools/logs.search", """{"request_id":"fuzz-0007","arguments":{"text":"a"}}"""),
        ("POST", "/api/v1/tools/undo", """{"request_id":"fuzz-0008","arguments":{"action_id":"act_1"}}"""),
        ("POST", "/api/v1/tools/%", """{"request_id":"fuzz-0009","arguments":{}}"""),
        ("GET", "/api/v1/plans/%", null),
        ("POST", "/api/v1/plans/%/apply", """{"request_id":"fuzz-0010"}"""),
        ("GET", "/api/v1/approvals?status=%&mine=%&cursor=%&limit=%", null),
        ("GET", "/api/v1/approvals/%", null),
        ("POST", "/api/v1/approvals/%/approve", """{"confirm_token":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","veto":[1],"typed":"a"}"""),
        ("POST", "/api/v1/approvals/%/decline", """{"reason":"a"}"""),
        ("POST", "/api/v1/conversations", """{"title":"a"}"""),
        ("GET", "/api/v1/conversations?text=%&archived=%&cursor=%", null),
        ("GET", "/api/v1/conversations/%?before_seq=%", null),
        ("PATCH", "/api/v1/conversations/%", """{"title":"a","archived":true}"""),
        ("POST", "/api/v1/conversations/%/messages", """{"text":"a","request_id":"fuzz-0011"}"""),
        ("POST", "/api/v1/conversations/%/runs/%/cancel", null),
        ("GET", "/api/v1/conversations/%/events?after=%", null),
        ("GET", "/api/v1/conversations/%/export?format=%", null),
        ("GET", "/api/v1/audit?from=%&to=%&event=%&tool=%&account=%&text=%&limit=%&cursor=%", null),
        ("GET", "/api/v1/audit/%", null),
        ("GET", "/api/v1/audit/export?format=%&from=%", null),
        ("POST", "/api/v1/freezes", """{"scope":"tool","target":"workspace.nothing","reason":"a"}"""),
        ("DELETE", "/api/v1/freezes/%", null),
        ("GET", "/login?t=%", null),
        ("POST", "/logout-nothing", null),
        ("GET", "/%", null),
    ];

    private static readonly string[] _oddIds =
    [
        "x", "", "0", "-1", "%00", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..", "%F0%9F%92%A3", "%ED%A0%80", "%ff%fe", "ws_1'--", "1;drop table audit", "%22%3E%3Cscript%3E",
        "9223372036854775808", "1e400", "NaN", "null", "%E2%80%AE", "2026-13-45T99:99:99Z", "%0d%0aSet-Cookie:a=b", "act_%25n%25n",
    ];

    private static readonly string[] _oddValues =
    [
        "null", "true", "-1", "1e999", "0.1", "9223372036854775808", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[[[[[]]]]]]", "{\"a\":{\"a\":{\"a\":1}}}", "\"' or 1=1 --\"", "\"%s%n\"",
        "{\"$step\":99}", "{\"$step\":-1}", "{\"$ref\":\"#\"}", "{\"__proto__\":1}", "NaN", "'a'", "01", "\"\u202e\"",
    ];

    public override string Id => "F10";

    public override string Title => "malformed input: no crash, no hang, no 5xx, memory flat";

    public override int Trials => 10_000;

    public override int ShortTrials => 600;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        long warm = 0;
        foreach (var trial in run.EachTrial())
        {
            if (trial == run.Trials / 4) warm = Memory(bed.Hub);
            var route = _routes[run.Dice.Next(_routes.Length)];
            var path = MangleIds(run.Dice, route.Path);
            var body = route.Body is null ? null : Mangle(run.Dice, route.Body);
            await SendAsync(run, bed, new HttpMethod(route.Method), path, body, run.Dice.Next(12) == 0 ? "text/plain; charset=utf-7" : "application/json");
        }
        run.Expect(bed.Hub.Running, $"the hub ended:\n{bed.Hub.Tail()}");
        run.Expect((await bed.Person.GetAsync("/api/v1/me")).Status == 200, "the hub does not answer any more");
        var (after, limit) = (Memory(bed.Hub), warm + Math.Max(warm / 2, 64));
        run.Count("MiB at the end", (int)after);
        run.Expect(run.Trials < 1000 || after <= limit, $"memory grew from {warm} to {after} MiB");
    }

    private static async Task SendAsync(FaultRun run, Bed bed, HttpMethod method, string path, byte[]? body, string type)
    {
        var what = $"{method} {path} {(body is null ? "" : Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200))))}";
        for (var attempt = 1; ; attempt++)
        {
            var since = Stopwatch.GetTimestamp();
            int status;
            try
            {
                status = await bed.Person.StatusAsync(method, path, body, type);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                run.Expect(false, $"no answer to {what}: {e.Message}");
                return;
            }
            var took = Stopwatch.GetElapsedTime(since);
            if (took > _hang && attempt == 1) continue;
            run.Count($"{status / 100}xx");
            run.Expect(status < 500, $"{status} for {what}");
            run.Expect(took <= _hang, $"{took.TotalSeconds:0.0} s twice for {what}");
            return;
        }
    }

    private static string MangleIds(Random dice, string path)
    {
        var parts = path.Split('%');
        var text = new StringBuilder(parts[0]);
        foreach (var part in parts.Skip(1)) text.Append(dice.Next(10) == 0 ? new string('a', dice.Next(1, 4000)) : _oddIds[dice.Next(_oddIds.Length)]).Append(part);
        return text.ToString();
    }

    internal static byte[] Mangle(Random dice, string body)
    {
        switch (dice.Next(8))
        {
            case 0: return Encoding.UTF8.GetBytes(body[..dice.Next(body.Length)]);
            case 1:
                var bytes = Encoding.UTF8.GetBytes(body);
                for (var i = dice.Next(1, 6); i > 0; i--) bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
                return bytes;
            case 2: return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(dice.Next(2) == 0 ? "[" : "{\"a\":", dice.Next(1, 20_000))));
            case 3: return Encoding.UTF8.GetBytes(body.Insert(body.Length - 1, $",\"{(dice.Next(2) == 0 ? "confirm" : "request_id")}\":{_oddValues[dice.Next(_oddValues.Length)]}"));
            case 4: return Encoding.UTF8.GetBytes(body.Replace("\"a\"", '"' + new string('x', dice.Next(1, 200_000)) + '"', StringComparison.Ordinal));
            case 5: return [];
            default: return Encoding.UTF8.GetBytes(ReplaceValue(dice, body));
        }
    }

    /// <summary>One value of the right body becomes an odd one.</summary>
    private static string ReplaceValue(Random dice, string body)
    {
        var colons = Enumerable.Range(0, body.Length).Where(i => body[i] == ':' && i > 0 && body[i - 1] == '"').ToList();
        var at = colons[dice.Next(colons.Count)] + 1;
        return body[..at] + _oddValues[dice.Next(_oddValues.Length)] + body[ValueEnd(body, at)..];
    }

    private static int ValueEnd(string body, int at)
    {
        var depth = 0;
        var quoted = false;
        for (; at < body.Length; at++)
        {
            var c = body[at];
            if (c == '"') quoted = !quoted;
            if (quoted) continue;
            if (depth == 0 && (c is ',' or '}' or ']')) return at;
            if (c is '[' or '{') depth++;
            if (c is ']' or '}') depth--;
        }
        return at;
    }

    /// <summary>Resident memory in MiB.</summary>
    internal static long Memory(HubProcess hub)
    {
        var line = File.ReadLines($"/proc/{hub.ProcessId}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
