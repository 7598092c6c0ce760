using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>What a server's refusal means for the run, and what the operator can set.</summary>
internal static class ModelFaults
{
    private const int MaxDetail = 300;

    public static ModelException InStream(JsonElement error)
    {
        var (code, detail) = Describe(error);
        return code is "rate_limit_exceeded" or "rate_limit_error"
            ? new ModelException(ModelFault.RateLimited, $"The model server limits the rate: {detail}")
            : new ModelException(ModelFault.ServerError, $"The model server failed while answering: {detail}");
    }

    public static ModelException Refusal(PipelineResponse response, ReadOnlySpan<byte> body, OpenAiOptions options, DateTimeOffset now)
    {
        var (code, detail) = Describe(Error(body));
        if (options.ApiKey.Length > 0) detail = detail.Replace(options.ApiKey, "[key]", StringComparison.Ordinal);
        var status = response.Status;
        return status switch
        {
            429 when code == "insufficient_quota" => new(ModelFault.Rejected, "The model account has used up its quota (429). Raise the quota at the provider, or set OPENAI_API_KEY to another account's key.", status),
            429 => new(ModelFault.RateLimited, "The model server answered: too many requests (429).", status, RetryAfter(response, now)),
            408 or 409 or 425 or >= 500 => new(ModelFault.ServerError, $"The model server failed ({status}).", status, RetryAfter(response, now)),
            401 or 403 => new(ModelFault.Rejected, $"The model server refused the key ({status}). Set OPENAI_API_KEY in the environment to a key that may use '{options.Name}'.", status),
            404 => new(ModelFault.Rejected, $"The model server knows no '{options.Name}' at {options.BaseAddress} (404). Set Model:Name, Model:Endpoint (with /v1) or Model:Api.", status),
            >= 300 and < 400 => new(ModelFault.Rejected, $"The model server redirects elsewhere ({status}). Set Model:Endpoint to the final address.", status),
            _ => new(ModelFault.Rejected, $"The model server refused the request ({status}): {detail} Check Model:Name and Model:Api.", status),
        };
    }

    private static JsonElement Error(ReadOnlySpan<byte> body)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(body);
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error) ? error : root;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static (string? Code, string Detail) Describe(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String) return (null, Line(error.GetString()!));
        if (error.ValueKind != JsonValueKind.Object) return (null, "it gave no reason.");
        var code = Text(error, "code") ?? Text(error, "type");
        return (code, Line(Text(error, "message") ?? code ?? "it gave no reason."));
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Line(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        if (line.Length > MaxDetail) line = line[..MaxDetail] + "…";
        return line.EndsWith('.') ? line : line + ".";
    }

    private static TimeSpan? RetryAfter(PipelineResponse response, DateTimeOffset now)
    {
        if (response.Headers.TryGetValue("retry-after-ms", out var ms) && double.TryParse(ms, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and < 1e8)
            return TimeSpan.FromMilliseconds(milliseconds);
        if (!response.Headers.TryGetValue("retry-after", out var text)) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e5) return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > now ? at - now : null;
    }
}
