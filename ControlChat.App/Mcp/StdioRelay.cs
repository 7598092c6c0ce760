using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.App.Mcp;

/// <summary>
/// A client on standard streams and the hub over HTTP: each message goes on as it is, each answer comes back in the framing it was asked
/// in. Whatever is wrong with a message is an error for its sender and ends nothing; the end of the input ends it.
/// </summary>
internal sealed class StdioRelay(HubMcpClient hub, StdioFrames input, StdioOutput output, TextWriter log, TimeProvider time) : IDisposable
{
    private const int MostAtOnce = 16;
    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int ServerError = -32000;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(16);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);
    private static readonly byte[] Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}"""u8.ToArray();
    private readonly SemaphoreSlim _lanes = new(MostAtOnce, MostAtOnce);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private byte[]? _initialize;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var open = new List<Task>();
        while (await input.NextAsync(cancellationToken) is { } frame)
        {
            open.RemoveAll(t => t.IsCompleted);
            if (await ReadAsync(frame, cancellationToken) is not { } message) continue;
            if (message.Id is null || message.Opens)
            {
                await HandleAsync(message, cancellationToken);
                continue;
            }
            await _lanes.WaitAsync(cancellationToken);
            open.Add(InLaneAsync(message, cancellationToken));
        }
        using var patience = new CancellationTokenSource(Goodbye, time);
        await Task.WhenAny(Task.WhenAll(open), Task.Delay(Goodbye, time, cancellationToken));
        await hub.EndAsync(patience.Token);
    }

    public void Dispose()
    {
        _lanes.Dispose();
        _opening.Dispose();
    }

    private async Task InLaneAsync(Message message, CancellationToken cancellationToken)
    {
        try
        {
            await HandleAsync(message, cancellationToken);
        }
        finally
        {
            _lanes.Release();
        }
    }

    private async Task<Message?> ReadAsync(StdioFrame frame, CancellationToken cancellationToken)
    {
        if (frame.Body is not { } body)
        {
            await output.RefuseAsync(frame.Framing, null, InvalidRequest, frame.Fault!, cancellationToken);
            return null;
        }
        try
        {
            if (JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 40 }) is JsonObject read)
                return new Message(frame.Framing, body, read["id"], read["method"] is JsonValue method && method.TryGetValue<string>(out var name) ? name : null);
            await output.RefuseAsync(frame.Framing, null, InvalidRequest, "A JSON-RPC message is one object; batches are not taken.", cancellationToken);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            await output.RefuseAsync(frame.Framing, null, ParseError, "This is no JSON.", cancellationToken);
        }
        return null;
    }

    private async Task HandleAsync(Message message, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await SendAsync(message, end.Token);
        }
        catch (HubMcpException e)
        {
            await RefuseAsync(message, e.Code, e.Message, cancellationToken);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            await RefuseAsync(message, ServerError, $"The hub did not answer within {Longest.TotalMinutes:0} minutes.", cancellationToken);
        }
    }

    private async Task SendAsync(Message message, CancellationToken cancellationToken)
    {
        var (answered, session) = (message.Id is null, hub.Session);
        if (message.Opens) _initialize = message.Body;
        try
        {
            await hub.SendAsync(message.Body, message.Opens, TakeAsync, cancellationToken);
        }
        catch (HubMcpException e) when (e.IsLostSession && !message.Opens && _initialize is not null)
        {
            await OpenAgainAsync(session, cancellationToken);
            await hub.SendAsync(message.Body, opens: false, TakeAsync, cancellationToken);
        }
        if (!answered) throw new HubMcpException(null, ServerError, "The hub's answer was broken off.");

        Task TakeAsync(string json)
        {
            answered = true;
            return output.WriteAsync(message.Framing, json, cancellationToken);
        }
    }

    // The hub was started again, or forgot a client that was silent for long. What the client said in the beginning still holds.
    private async Task OpenAgainAsync(string? lost, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            // Another request may have done it meanwhile.
            if (hub.Session != lost) return;
            await log.WriteLineAsync("The hub does not know this client any more; beginning anew.");
            await hub.SendAsync(_initialize!, opens: true, static _ => Task.CompletedTask, cancellationToken);
            await hub.SendAsync(Initialized, opens: false, static _ => Task.CompletedTask, cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task RefuseAsync(Message message, int code, string words, CancellationToken cancellationToken)
    {
        await log.WriteLineAsync($"{message.Method ?? "A message"}: {words}");
        // What wants no answer gets none.
        if (message.Id is { } id) await output.RefuseAsync(message.Framing, id, code, words, cancellationToken);
    }

    private sealed record Message(StdioFraming Framing, byte[] Body, JsonNode? Id, string? Method)
    {
        public bool Opens => Method == "initialize";
    }
}
