using ControlChat.Core.Hub;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>What the model reads in one run, carried from turn to turn: what is added here is what a fresh look at the rows would give.</summary>
internal sealed class Transcript
{
    private readonly List<ChatMessage> _messages;

    public Transcript(List<ChatMessage> messages)
    {
        _messages = messages;
        Chars = messages.Sum(m => m.Contents.Sum(Length));
    }

    public IReadOnlyList<ChatMessage> Messages => _messages;

    public long Chars { get; private set; }

    /// <summary>What the person asked in this run.</summary>
    public string Asked => _messages.LastOrDefault(m => m.Role == ChatRole.User)?.Text ?? "";

    public void Answered(string text, IReadOnlyList<CallRow> calls)
    {
        var contents = new List<AIContent>();
        if (text.Length > 0) contents.Add(new TextContent(text));
        contents.AddRange(calls.Select(c => CallArguments.ToContent(c.CallId, ToolWireName.Of(c.Tool), c.Arguments)));
        if (contents.Count > 0) _messages.Add(new ChatMessage(ChatRole.Assistant, contents));
        Chars += text.Length + calls.Sum(c => c.Arguments.Length);
    }

    public void Called(IReadOnlyList<CallResult> results)
    {
        var contents = results.Select(r => new FunctionResultContent(r.Call.CallId, ToolResult.Of(Json.Write(r.Outcome)))).ToList<AIContent>();
        _messages.Add(new ChatMessage(ChatRole.Tool, contents));
        Chars += contents.Sum(Length);
    }

    private static long Length(AIContent content) => content switch
    {
        TextContent text => text.Text.Length,
        FunctionResultContent { Result: string result } => result.Length,
        _ => 0,
    };
}
