using System.Text.Json;

namespace ControlChat.App.Sessions;

/// <summary>What an agent hears of a model's server that did not answer: its status and its code, in words of ours. Its own words may name addresses, organisations and keys.</summary>
internal static class UpstreamFaults
{
    private const int MostBytes = 64 * 1024;
    private const int MostSeconds = 3600;

    public static async Task<AgentModelException> OfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (status < 400) return Unfit();
        var code = await CodeAsync(answer, cancellationToken);
        return new AgentModelException(status, code ?? $"model_{status}", Words(status))
        {
            RetryAfter = answer.Headers.RetryAfter?.Delta is { TotalSeconds: >= 0 and <= MostSeconds and var seconds } ? (int)seconds : null,
            IsProvidersRefusal = status < 500,
        };
    }

    public static AgentModelException Unfit() => new(502, "model_unfit", "The model's server answered in a form of another API. Model:Endpoint must speak the Responses API.");

    private static string Words(int status) => status switch
    {
        400 or 422 => "The model's server did not take the request.",
        401 or 403 => "The model's server does not take the hub's key (OPENAI_API_KEY). Only the hub's operator can change that.",
        404 => "The model's server does not know the model or the address (Sessions:Codex:Model, Model:Name, Model:Endpoint).",
        413 => "The request is too large for the model's server.",
        429 => "The model's server takes no more requests of this hub for now.",
        _ => $"The model's server failed ({status}).",
    };

    // Short words of small letters: clients decide by them whether to ask again.
    private static async Task<string?> CodeAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var text = new byte[MostBytes];
            var length = await body.ReadAtLeastAsync(text, MostBytes, throwOnEndOfStream: false, cancellationToken);
            using var document = JsonDocument.Parse(text.AsMemory(0, length));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String && code.GetString() is { Length: > 0 and <= 64 } word && word.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
                ? word : null;
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            return null;
        }
    }
}
