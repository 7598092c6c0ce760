using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.JSInterop;
using Xunit;
using Clock = System.DateTime;

namespace ControlChat.Tests.HouseRules;

/// <summary>Calls that are never right here. Read from the compiled code where a name alone would be ambiguous.</summary>
public sealed partial class BannedCallRules
{
    private static IEnumerable<CodeReference> Product => CodeReferences.Core.Concat(CodeReferences.App);

    [Fact]
    public void Time_has_one_owner()
    {
        Rule.Holds(Product.Where(IsWallClock).Select(r => $"{r.Where} reads {r.Member!.DeclaringType!.Name}.{r.Member.Name[4..]}"),
            "Take a TimeProvider and call GetUtcNow(); in SQL use hub_now().");
    }

    [Fact]
    public void Waiting_goes_through_the_time_provider()
    {
        Rule.Holds(Product.Where(IsRealWait).Select(r => $"{r.Where} calls {r.Member!.DeclaringType!.Name}.{r.Member}"),
            "Pass the TimeProvider: Task.Delay(span, time, token), new PeriodicTimer(span, time), new CancellationTokenSource(span, time), time.CreateTimer(…).");
    }

    [Fact]
    public void Nothing_blocks_on_a_task()
    {
        Rule.Holds(Product.Where(IsBlocking).Select(r => $"{r.Where} calls {r.Member!.DeclaringType!.Name}.{r.Member.Name}"),
            "Await it, and make the caller async.");
    }

    [Fact]
    public void Async_methods_return_a_task()
    {
        var breaches = new[] { Assemblies.Core, Assemblies.App, typeof(BannedCallRules).Assembly }
            .SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => m.ReturnType == typeof(void) && m.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
            .Select(m => $"{m.DeclaringType!.FullName}.{m.Name}");
        Rule.Holds(breaches, "Return Task: an exception of an async void method ends the process.");
    }

    [Fact]
    public void Files_below_a_root_are_reached_by_descriptor_only()
    {
        var breaches = Product
            .Where(r => LayerRules.RoomOf(r.From) is "Files" or "Documents")
            .Where(r => r.Target == typeof(File) || r.Target == typeof(FileInfo) || r.Target == typeof(Directory) || r.Target == typeof(DirectoryInfo))
            .Select(r => $"{r.Where} uses {r.Target.Name}");
        Rule.Holds(breaches, "Open it beneath the root's descriptor: a path that was checked as text can be swapped before it is used.");
    }

    [Fact]
    public void Sources_hold_no_leftovers()
    {
        var breaches = from file in Repository.CSharp
                       from match in Leftovers().Matches(file.Text.Code)
                       select $"{file.At(match.Index)} {match.Value}";
        Rule.Holds(breaches, "Finish it, delete it, or wait for a condition (Support/Waiting, FakeTime).");
    }

    [Fact]
    public void Comments_hold_no_promises()
    {
        var inCode = from file in Repository.CSharp
                     from comment in file.Text.Comments
                     where Promises().IsMatch(comment.Text)
                     select $"{file.At(comment.Position)} {comment.Text}";
        var elsewhere = from path in Repository.Files
                        where Path.GetExtension(path) is ".razor" or ".css" or ".js" or ".sql" or ".json" or ".sh" or ".md" or ".props" or ".targets" or ".csproj"
                        where Promises().IsMatch(Repository.Text(path))
                        select path;
        Rule.Holds(inCode.Concat(elsewhere), "Do it now, or leave it out; the tracker keeps what is open.");
    }

    [Fact]
    public void One_place_opens_SQLite()
    {
        var breaches = from file in Repository.CSharp
                       where !file.Path.EndsWith("/SqliteLibrary.cs", StringComparison.Ordinal)
                       from match in OpenedBare().Matches(file.Text.Code)
                       select $"{file.At(match.Index)} {match.Value}";
        Rule.Holds(breaches, "SqliteLibrary.Open(path): a connection opened before the library was chosen ends the process when it is closed.");
    }

    [Fact]
    public void A_page_is_spoken_to_in_one_place()
    {
        Rule.Holds(Product.Where(IsPageCall).Where(r => !r.Where.Contains(nameof(ControlChat.App.Ui.PageScripts), StringComparison.Ordinal)).Select(r => $"{r.Where} calls {r.Member!.Name}"),
            "TellAsync or AskAsync of PageScripts: a page that is closed in this moment is no error of its circuit.");
    }

    [Fact]
    public void A_switched_off_warning_says_why()
    {
        var breaches = from file in Repository.CSharp
                       from directive in file.Text.Directives
                       where directive.Text.StartsWith("#pragma warning disable", StringComparison.Ordinal) && !directive.Text.Contains("//", StringComparison.Ordinal)
                       select $"{file.At(directive.Position)} {directive.Text}";
        Rule.Holds(breaches, "Write the reason behind it: #pragma warning disable CA1234 // because …");
    }

    [Fact]
    public void The_rules_see_what_they_forbid()
    {
        var seen = CodeReferences.Of(typeof(Sinner)).ToList();
        Assert.Contains(seen, IsWallClock);
        Assert.Contains(seen, IsRealWait);
        Assert.Contains(seen, r => IsBlocking(r) && r.Member!.Name == "Wait");
        Assert.Contains(seen, r => IsBlocking(r) && r.Member!.Name == "get_Result");
        Assert.Contains(seen, IsPageCall);
        Assert.Matches(Leftovers(), "Thread.Sleep" + "(1)");
        Assert.Matches(Promises(), "TO" + "DO later");
        Assert.Matches(OpenedBare(), "new " + "SqliteConnection(words)");
        Assert.Matches(OpenedBare(), "SqliteConnection opened = " + "new(words)");
        Assert.DoesNotMatch(Promises(), "a todolist");
    }

    private static bool IsWallClock(CodeReference r) =>
        r.Member is MethodBase { Name: "get_Now" or "get_UtcNow" or "get_Today" } && (r.Target == typeof(DateTime) || r.Target == typeof(DateTimeOffset));

    private static bool IsRealWait(CodeReference r)
    {
        if (r.Target == typeof(Thread) && r.Member?.Name == "Sleep") return true;
        var waits = r.Target == typeof(Task) && r.Member?.Name == nameof(Task.Delay)
            // The declaring type, not the target: a tuple of such a thing refers to it too.
            || r.Member is ConstructorInfo { DeclaringType: var made } && (made == typeof(PeriodicTimer) || made == typeof(CancellationTokenSource) || made == typeof(Timer) || made == typeof(System.Timers.Timer));
        return waits && ((MethodBase)r.Member!).GetParameters() is { Length: > 0 } parameters && parameters.All(p => p.ParameterType != typeof(TimeProvider));
    }

    private static bool IsPageCall(CodeReference r) =>
        r.Member is MethodBase { Name: "InvokeAsync" or "InvokeVoidAsync" } call
        && new[] { typeof(IJSRuntime), typeof(IJSObjectReference), typeof(JSRuntimeExtensions), typeof(JSObjectReferenceExtensions) }.Contains(call.DeclaringType);

    private static bool IsBlocking(CodeReference r)
    {
        var type = r.Target.IsGenericType ? r.Target.GetGenericTypeDefinition() : r.Target;
        var task = type == typeof(Task) || type == typeof(Task<>) || type == typeof(ValueTask) || type == typeof(ValueTask<>);
        return task && (r.Member?.Name is "get_Result" or "Wait" or "WaitAll" or "WaitAny" or "ConfigureAwait");
    }

    [GeneratedRegex(@"NotImplementedException|Thread\.Sleep|async\s+void|\.ConfigureAwait\(|GetAwaiter\(\)\.GetResult\(|Assert\.True\(true\)|Assert\.False\(false\)|\bSkip\s*=\s*""|DateTime(Offset)?\.(Utc)?Now")]
    private static partial Regex Leftovers();

    [GeneratedRegex(@"new\s+SqliteConnection\b|\bSqliteConnection\s+\w+\s*=\s*new\b|\bSqliteFactory\b")]
    private static partial Regex OpenedBare();

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b")]
    private static partial Regex Promises();

    /// <summary>Commits the sins on purpose, under another name where the text rule would see them.</summary>
    private static class Sinner
    {
        public static int Commit(Task<int> task, IJSRuntime js)
        {
            js.InvokeAsync<int>("anything", null).AsTask().Wait();
            Task.Delay(1).Wait();
            return task.Result + Clock.UtcNow.Year;
        }
    }
}
