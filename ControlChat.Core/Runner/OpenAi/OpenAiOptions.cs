namespace ControlChat.Core.Runner.OpenAi;

/// <param name="Endpoint">Base address including <c>/v1</c> (added when the address has no path); null for OpenAI itself.</param>
/// <param name="Name">The model's name as the server knows it.</param>
/// <param name="ApiKey">From the environment only; any text for servers that need none.</param>
/// <param name="Api"><c>responses</c> or <c>chat</c>.</param>
/// <param name="StallTimeout">No event for this long fails the step as stalled.</param>
public sealed record OpenAiOptions(Uri? Endpoint, string Name, string ApiKey, string Api, TimeSpan StallTimeout)
{
    /// <summary>Without the key: records print themselves, and a key belongs in no log.</summary>
    public override string ToString() => $"{Name} ({Api}) at {Endpoint?.ToString() ?? "OpenAI"}";

    internal Uri BaseAddress => Endpoint switch
    {
        null => new Uri("https://api.openai.com/v1"),
        { AbsolutePath: "/" } => new Uri(Endpoint, "v1"),
        _ => Endpoint,
    };
}
