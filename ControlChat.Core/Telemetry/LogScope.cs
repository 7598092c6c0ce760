using System.Collections;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Telemetry;

/// <summary>What every line below it carries: <c>run_id, conversation_id, agent, tool</c> (R158). The innermost that names one wins.</summary>
public sealed record LogScope(string? RunId = null, string? ConversationId = null, string? Agent = null, string? Tool = null) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("run_id", RunId),
        1 => new("conversation_id", ConversationId),
        2 => new("agent", Agent),
        3 => new("tool", Tool),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

public static class LogScopes
{
    /// <summary>Until disposed, every line of this flow carries what is given here.</summary>
    public static IDisposable? BeginRun(this ILogger logger, string? runId, string? conversationId, string? agent = null) =>
        logger.BeginScope(new LogScope(runId, conversationId, agent));

    /// <inheritdoc cref="BeginRun"/>
    public static IDisposable? BeginTool(this ILogger logger, string tool) => logger.BeginScope(new LogScope(Tool: tool));
}
