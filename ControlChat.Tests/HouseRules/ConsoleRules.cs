using System.Text.RegularExpressions;
using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>The scripts of the console and of the embedded page reach the hub by one module, are small, and write no markup.</summary>
public sealed partial class ConsoleRules
{
    private const string Folder = "ControlChat.App/Console/";
    private const string Door = Folder + "proxyToApi.js";

    /// <summary>Passes on the request of a page that is being opened, for which a worker has `fetch` and nothing else, and gets its own offline page. It asks the API nothing.</summary>
    private const string Worker = Folder + "offline/worker.js";

    private const int MostLines = 300;

    private static List<string> Scripts => [.. Repository.Files.Where(f => f.StartsWith(Folder, StringComparison.Ordinal) && f.EndsWith(".js", StringComparison.Ordinal) && !f.EndsWith(".test.js", StringComparison.Ordinal))];

    [Fact]
    public void One_module_opens_requests_and_sockets()
    {
        // What finds nothing cannot fail.
        Assert.Matches(Opens(), Repository.Text(Door));
        Rule.Holds(In(Scripts.Where(f => f is not (Door or Worker)), Opens()), "Ask proxyToApi: it knows who is signed in, and times out.");
    }

    [Fact]
    public void The_worker_asks_for_its_page_and_what_a_page_asks_for_itself()
    {
        var text = Comment().Replace(Repository.Text(Worker), "");
        Assert.Equal(["fetch(PAGE, ", "fetch(request)", "fetch(request)"], Calls().Matches(text).Select(m => m.Value));
        Assert.Equal("/offline/terminal", Address().Match(text).Groups[1].Value);
        Assert.DoesNotMatch(@"\bapi\b|WebSocket|XMLHttpRequest|import", text);
    }

    [Fact]
    public void No_script_writes_markup_or_runs_text() => Rule.Holds(In(Scripts, Writes()), "Make elements and set their textContent: what a terminal prints is hostile.");

    [Fact]
    public void Scripts_stay_short() =>
        Rule.Holds(Scripts.Where(f => Repository.Text(f).TrimEnd('\n').Split('\n').Length > MostLines), $"One idea per file, at most {MostLines} lines.");

    [Fact]
    public void The_lock_file_names_no_registry()
    {
        var text = Repository.Text(Folder + "package-lock.json");
        Assert.Contains("@xterm/xterm", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"resolved\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rules_see_what_they_forbid()
    {
        foreach (var sin in new[] { "await fetch('/x')", "new XMLHttpRequest()", "new EventSource(a)", "new WebSocket(a)", "navigator.sendBeacon(a)", "globalThis.fetch.bind(x)", "const { WebSocket } = globalThis", "import('https://a.example/x.js')" })
            Assert.Matches(Opens(), sin);
        Assert.DoesNotMatch(Opens(), "prefetched('/x')");
        foreach (var sin in new[] { "a.innerHTML = b", "a.insertAdjacentHTML('x', b)", "eval(a)", "new Function(a)", "document.write(a)" })
            Assert.Matches(Writes(), sin);
    }

    private static IEnumerable<string> In(IEnumerable<string> files, Regex sins) =>
        from file in files
        from match in sins.Matches(Comment().Replace(Repository.Text(file), ""))
        select $"{file}: {match.Value}";

    [GeneratedRegex(@"\bfetch\b|\bXMLHttpRequest\b|\bEventSource\b|\bWebSocket\b(?!>)|\bsendBeacon\b|\bWebTransport\b|\bRTCPeerConnection\b|\bimport\s*\(")]
    private static partial Regex Opens();

    [GeneratedRegex(@"\bfetch\([^)]*?[,)] ?")]
    private static partial Regex Calls();

    [GeneratedRegex("const PAGE = '([^']+)'")]
    private static partial Regex Address();

    [GeneratedRegex(@"\.(inner|outer)HTML\b|\binsertAdjacentHTML\b|\beval\s*\(|\bnew\s+Function\b|\bdocument\.write\b|\bsetHTMLUnsafe\b")]
    private static partial Regex Writes();

    [GeneratedRegex(@"/\*.*?\*/|(?<=^|\s)//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
