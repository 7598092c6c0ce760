namespace ControlChat.App.Sessions;

/// <summary>Ends an agent's call to the model, in the form OpenAI's clients read: <c>{"error": {message, type, code}}</c>. The message is for the agent and its owner.</summary>
/// <param name="status">The HTTP status. Codex 0.169 asks again after all but 400 and 429, as often as its <c>stream_max_retries</c> says.</param>
/// <param name="code">Stable. <c>insufficient_quota</c> ends a turn of Codex at once.</param>
internal sealed class AgentModelException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>Seconds for a <c>Retry-After</c> header, or null.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The model's provider refused the request (4xx).</summary>
    public bool IsProvidersRefusal { get; init; }
}
