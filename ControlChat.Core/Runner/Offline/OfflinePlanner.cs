using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.Offline;

/// <summary>
/// Answers without a model: slash commands and <see cref="PlainSentences"/>. Only a message that came from the composer is read
/// (<c>AdditionalProperties["composer"]</c> is true); tool results are shown and never read as orders.
/// </summary>
internal sealed class OfflinePlanner(TimeProvider time) : IChatClient
{
    /// <summary>Marks a user message as typed by its author.</summary>
    public const string Composer = "composer";

    public const string Author = "offline planner";

    private const int LongestText = 8000;

    private readonly SlashParser _slash = new(time);
    private readonly Grammar _grammar = new(time);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        HashSet<string> tools = [.. (options?.Tools ?? []).Select(t => ToolWireName.Of(t.Name))];
        var answer = Answer(messages as IReadOnlyList<ChatMessage> ?? [.. messages], tools);
        if (answer is Move.Call call)
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, [.. call.Calls.Select(Content)]) { AuthorName = Author, FinishReason = ChatFinishReason.ToolCalls };
            yield break;
        }
        foreach (var chunk in Chunks(((Move.Say)answer).Markdown))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new TextContent(chunk)]) { AuthorName = Author };
        }
        yield return new ChatResponseUpdate(ChatRole.Assistant, []) { AuthorName = Author, FinishReason = ChatFinishReason.Stop };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // holds nothing
    }

    /// <summary>What a text means, whatever tools there are.</summary>
    internal Move Understand(string text)
    {
        var trimmed = text.Trim();
        if (trimmed.Length > LongestText && !trimmed.StartsWith('/')) return Suggestions.For("");
        if (trimmed.StartsWith('/')) return _slash.Parse(trimmed);
        if (_grammar.Match(trimmed) is { } move) return move;
        return Guards.IsConsent(trimmed)
            ? new Move.Say("Approvals are clicked on their card, never typed, so nothing was done. Open the card above or the Approvals page.")
            : Suggestions.For(trimmed);
    }

    private Move Answer(IReadOnlyList<ChatMessage> messages, HashSet<string> tools)
    {
        var asked = -1;
        for (var i = messages.Count - 1; i >= 0 && asked < 0; i--)
            if (messages[i].Role == ChatRole.User) asked = i;
        if (asked < 0 || !FromComposer(messages[asked])) return new Move.Say("The offline planner answers only what a person typed, so nothing was done.");
        var results = messages.Skip(asked + 1).SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => OutcomeView.Of(r.Result)).ToList();
        var move = Understand(messages[asked].Text);
        if (results.Count == 0) return Offered(First(move), move, tools);
        return move is Move.UndoLast && results is [var looked] ? Undo(looked) : new Move.Say(OutcomeText.Render(move is Move.UndoLast ? results.Skip(1) : results));
    }

    private static bool FromComposer(ChatMessage message) =>
        message.AdditionalProperties?.TryGetValue(Composer, out var value) == true && value is true or JsonElement { ValueKind: JsonValueKind.True };

    private static Move First(Move move) => move is Move.UndoLast
        ? Move.Of("audit.search", new JsonObject { ["event"] = "tool.applied", ["account"] = "me", ["limit"] = 1 })
        : move;

    private static Move Offered(Move first, Move whole, HashSet<string> tools)
    {
        if (first is Move.Help) return new Move.Say(HelpText.For(tools));
        if (first is not Move.Call call) return first;
        var needed = call.Calls.Select(c => c.Tool).Concat(call.Calls.SelectMany(Steps)).Append(whole is Move.UndoLast ? "undo" : call.Calls[0].Tool);
        return needed.FirstOrDefault(t => !tools.Contains(ToolWireName.Of(t))) is { } absent
            ? new Move.Say($"This hub has no tool `{absent}`, so nothing was done. `/help` lists what it can do.")
            : first;
    }

    private static IEnumerable<string> Steps(PlannedCall call) =>
        call.Arguments["steps"] is JsonArray steps ? steps.Select(s => s!["tool"]!.GetValue<string>()) : [];

    // The one thing taken from a result: the id of the person's own latest action, an opaque value that goes into the argument made for it.
    private static Move Undo(OutcomeView looked)
    {
        if (looked.Status != "completed") return new Move.Say(OutcomeText.Render([looked]));
        return looked.Rows is [var row, ..] && OutcomeView.Text(row, "action_id") is { } action
            ? Move.Of("undo", new JsonObject { ["action_id"] = action })
            : new Move.Say("There is no action of yours to undo.");
    }

    private static FunctionCallContent Content(PlannedCall call) => new(Ids.New("call"), ToolWireName.Of(call.Tool),
        call.Arguments.ToDictionary(p => p.Key, p => (object?)JsonSerializer.SerializeToElement(p.Value)));

    // By words, as a model streams; whole lines would make tables jump.
    private static IEnumerable<string> Chunks(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ' ' && text[i] != '\n') continue;
            yield return text[start..(i + 1)];
            start = i + 1;
        }
        if (start < text.Length) yield return text[start..];
    }
}
