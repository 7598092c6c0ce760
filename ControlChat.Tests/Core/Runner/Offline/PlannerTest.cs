using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Runner;
using ControlChat.Core.Runner.Offline;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;

namespace ControlChat.Tests.Core.Runner.Offline;

/// <summary>Talks to the planner as the runner does.</summary>
public abstract class PlannerTest
{
    private protected FakeTime Time { get; } = new();

    private protected OfflinePlanner Planner => field ??= new OfflinePlanner(Time);

    protected static IReadOnlyList<string> AllTools { get; } = [.. SlashCommands.All.Select(c => c.Tool).OfType<string>().Distinct()];

    /// <summary>The calls a typed text leads to, as <c>tool {arguments}</c>.</summary>
    protected IReadOnlyList<string> Calls(string text) => Planner.Understand(text) switch
    {
        Move.Call call => [.. call.Calls.Select(c => $"{c.Tool} {c.Arguments.ToJsonString(ControlChat.Core.Hub.Json.Wire)}")],
        Move.UndoLast => ["undo-last"],
        _ => [],
    };

    /// <summary>What is said about a typed text that leads to no call.</summary>
    protected string Says(string text) => Planner.Understand(text) is Move.Say say ? say.Markdown : "";

    /// <summary>True when the text leads to anything but reading.</summary>
    protected bool Writes(string text) => Planner.Understand(text) switch
    {
        Move.Call call => call.Calls.Any(c => !c.Tool.EndsWith(".list", StringComparison.Ordinal) && c.Tool is not ("workspace.get" or "sync.status" or "config.get" or "logs.search" or "audit.search" or "ui_action")),
        Move.UndoLast => true,
        _ => false,
    };

    protected static ChatMessage Typed(string text) => new(ChatRole.User, text) { AdditionalProperties = new() { ["composer"] = true } };

    protected static ChatOptions Offering(IEnumerable<string> tools) => new()
    {
        Tools = [.. tools.Select(t => AIFunctionFactory.CreateDeclaration(ToolWireName.Of(t), t, JsonSerializer.SerializeToElement(new JsonObject()), null))],
    };

    protected Task<ChatResponse> Answer(params ChatMessage[] messages) => Planner.GetResponseAsync(messages, Offering(AllTools));

    /// <summary>The answer to a typed text whose one call had this outcome.</summary>
    protected async Task<string> Renders(string text, string outcome)
    {
        var first = await Answer(Typed(text));
        var call = first.Messages[0].Contents.OfType<FunctionCallContent>().First();
        return (await Answer([Typed(text), .. first.Messages, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, JsonSerializer.Deserialize<JsonElement>(outcome))])])).Text;
    }
}
