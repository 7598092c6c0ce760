using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>The calls of one turn: reads that stand together at once, writes one after the other, all through the gate.</summary>
internal sealed class ToolStep(IToolGate gate, IToolCatalog catalog, TimeProvider time)
{
    /// <summary>Calls of one answer that are looked at; no tool set needs more, and a model that loops would.</summary>
    public const int MostCalls = 32;

    private const int Tries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private volatile Declared _declared = Declared.From([]);

    /// <summary>As the model is offered them now.</summary>
    public IList<AITool> Tools => Present.Tools;

    // Tools of others come and go; what they are called is made anew only then.
    private Declared Present => ReferenceEquals(_declared.Offered, catalog.Offered) ? _declared : _declared = Declared.From(catalog.Offered);

    /// <summary>The rows of a fresh answer's calls. Ids are the hub's own: models repeat theirs.</summary>
    public IReadOnlyList<CallRow> Prepare(RunRow run, IReadOnlyList<FunctionCallContent> calls)
    {
        var now = time.GetUtcNow();
        return [.. calls.Take(MostCalls).Select((call, position) => Prepare(run, run.Turns + 1, position, call, now))];
    }

    /// <summary>Nothing of it changes anything, so doing it twice does no harm. An invented tool does nothing at all.</summary>
    public bool AreReads(IReadOnlyList<CallRow> calls) => calls.All(c => catalog.Find(c.Tool) is IReadTool or null);

    /// <summary>Calls that may run at the same time come in one group; the order of the groups is the order of the calls.</summary>
    public IEnumerable<IReadOnlyList<CallRow>> Groups(IReadOnlyList<CallRow> calls)
    {
        var group = new List<CallRow>();
        foreach (var call in calls)
        {
            var reads = catalog.Find(call.Tool) is IReadTool;
            if (group.Count > 0 && (!reads || catalog.Find(group[0].Tool) is not IReadTool))
            {
                yield return group;
                group = [];
            }
            group.Add(call);
        }
        if (group.Count > 0) yield return group;
    }

    public async Task<CallResult> InvokeAsync(RunRow run, Principal principal, CallRow call, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var origin = new CallOrigin("ask", run.ConversationId, run.Id, call.CallId, run.Tainted, Activity.Current?.TraceId.ToHexString()) { Fence = run.Fence };
        var request = new ToolCall(call.Tool, call.RequestId, CallArguments.ToElement(call.Arguments), origin);
        var outcome = await gate.InvokeAsync(principal, request, cancellationToken);
        // Still being done from before a crash, or the database is away for a moment: the same id is safe to send again.
        for (var i = 1; i < Tries && outcome.Status is "in_progress" or "unavailable"; i++)
        {
            await Task.Delay(Pause, time, cancellationToken);
            outcome = await gate.InvokeAsync(principal, request, cancellationToken);
        }
        return new CallResult(call, outcome, (long)time.GetElapsedTime(since).TotalMilliseconds);
    }

    private CallRow Prepare(RunRow run, int turn, int position, FunctionCallContent call, DateTimeOffset now)
    {
        var arguments = CallArguments.Text(call);
        var tool = ToolWireName.ToTool(call.Name, Present.Names);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tool}\n{arguments}")))[..8];
        var place = string.Create(CultureInfo.InvariantCulture, $"{turn}.{position}");
        return new CallRow
        {
            RunId = run.Id,
            Turn = turn,
            Position = position,
            CallId = $"call_{run.Id[^12..]}_{turn}_{position}",
            Tool = tool,
            Arguments = arguments,
            RequestId = $"run:{run.Id}:{place}:{hash}",
            StartedAt = now,
        };
    }

    private sealed record Declared(IReadOnlyList<IControlTool> Offered, IReadOnlyList<string> Names, IList<AITool> Tools)
    {
        public static Declared From(IReadOnlyList<IControlTool> offered) => new(
            offered,
            [.. offered.Select(t => t.Definition.Name)],
            [.. offered.Select(t => AIFunctionFactory.CreateDeclaration(ToolWireName.Of(t.Definition.Name), t.Definition.Description, t.Definition.InputSchema))]);
    }
}
