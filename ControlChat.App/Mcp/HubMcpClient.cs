using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.App.Mcp;

/// <summary>The hub's <c>/mcp/workspace</c>, as a relay sees it: messages go there, and what comes back is handed on as it is.</summary>
internal sealed class HubMcpClient(HttpClient http, Uri address, string token)
{
    private const string SessionHeader = "Mcp-Session-Id";
    private volatile string? _session;

    /// <summary>The session that messages belong to; null before the first.</summary>
    public string? Session => _session;

    /// <param name="message">A JSON-RPC message.</param>
    /// <param name="opens">It is <c>initialize</c>: it begins anew.</param>
    /// <param name="take">Each message that comes back, without line ends.</param>
    /// <exception cref="HubMcpException">It was refused, or the hub does not answer.</exception>
    public async Task SendAsync(byte[] message, bool opens, Func<string, Task> take, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(message) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        Sign(request, opens ? null : _session);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw await FaultAsync(answer, cancellationToken);
            if (opens && answer.Headers.TryGetValues(SessionHeader, out var ids)) _session = ids.First();
            await ReadAsync(answer, take, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new HubMcpException(null, -32000, $"The hub at {address.GetLeftPart(UriPartial.Authority)} does not answer: {e.Message}");
        }
    }

    /// <summary>Says goodbye, if the hub still listens.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_session is not { } session) return;
        using var request = new HttpRequestMessage(HttpMethod.Delete, address);
        Sign(request, session);
        try
        {
            (await http.SendAsync(request, cancellationToken)).Dispose();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It forgets by itself.
        }
    }

    private void Sign(HttpRequestMessage request, string? session)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (session is not null) request.Headers.Add(SessionHeader, session);
    }

    // Server-sent events; every one is a message.
    private static async Task ReadAsync(HttpResponseMessage answer, Func<string, Task> take, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream") return;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        var data = new StringBuilder();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal)) data.Append(line.AsSpan(5).TrimStart(' '));
            if (line.Length > 0 || data.Length == 0) continue;
            await take(data.ToString());
            data.Clear();
        }
    }

    private static async Task<HubMcpException> FaultAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        var body = Read(await answer.Content.ReadAsStringAsync(cancellationToken));
        // A JSON-RPC error, or the hub's own form of a problem.
        if (body?["error"] is JsonObject error) return new HubMcpException(status, error["code"]?.GetValue<int>() ?? -32000, error["message"]?.GetValue<string>() ?? "");
        return new HubMcpException(status, -32000, body?["detail"]?.GetValue<string>() ?? $"The hub answered {status}.");
    }

    private static JsonNode? Read(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="status">The HTTP status; null when there was no answer.</param>
/// <param name="code">Of JSON-RPC.</param>
internal sealed class HubMcpException(int? status, int code, string message) : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>The hub does not know this client any more, as after it was started again.</summary>
    public bool IsLostSession { get; } = status == 404;
}
