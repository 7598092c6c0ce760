using System.Text.Json;

namespace ControlChat.ScriptedModel;

/// <summary>What the scripted model answers to one request: an error status, or steps.</summary>
public sealed record Reply
{
    public IReadOnlyList<Step> Steps { get; init; } = [];

    public int Status { get; init; } = 200;

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>The <c>Retry-After</c> header as it is sent.</summary>
    public string? RetryAfter { get; init; }

    public string ContentType { get; init; } = "text/event-stream";

    public int InputTokens { get; init; } = 100;

    public int OutputTokens { get; init; } = 20;

    public static Reply Of(params Step[] steps) => new() { Steps = steps };

    /// <summary>The text, one delta a word.</summary>
    public static Reply Text(string text) => new() { Steps = [.. Words(text).Select(w => new Step.Text(w))] };

    public static Reply Call(string tool, object arguments) => Calls(new ScriptedCall(tool, JsonSerializer.Serialize(arguments)));

    /// <summary>Of a tool that stands in a namespace of the Responses API.</summary>
    public static Reply CallIn(string @namespace, string tool, object arguments) => Calls(new ScriptedCall(tool, JsonSerializer.Serialize(arguments), Namespace: @namespace));

    public static Reply Calls(params ScriptedCall[] calls) => Of(new Step.Calls(calls));

    public static Reply Error(int status, string code = "error", string message = "The scripted model was told to fail.", string? retryAfter = null) =>
        new() { Status = status, ErrorCode = code, ErrorMessage = message, RetryAfter = retryAfter };

    internal static IEnumerable<string> Words(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ' ') continue;
            yield return text[start..(i + 1)];
            start = i + 1;
        }
        if (start < text.Length) yield return text[start..];
    }
}
