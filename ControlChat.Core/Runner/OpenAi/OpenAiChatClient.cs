using System.Buffers;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>
/// A model behind the OpenAI protocols, over the official SDK's pipeline. It goes by the SDK's protocol methods:
/// the typed ones build a document and an object graph for every delta. Nothing is retried here, because the runner retries where the person sees it.
/// </summary>
/// <exception cref="ModelException">Every failure but the caller's own cancellation.</exception>
internal sealed class OpenAiChatClient : IChatClient
{
    private const int MaxErrorBody = 64 * 1024;
    private readonly OpenAiTransport _transport;
    private readonly IWire _wire;
    private readonly TimeProvider _time;
    private readonly ModelHealth _health;

    public OpenAiChatClient(OpenAiOptions options, TimeProvider time, ModelHealth? health = null)
    {
        Options = options;
        _transport = new OpenAiTransport(options);
        _wire = options.Api == "chat" ? new ChatWire() : new ResponsesWire();
        _time = time;
        _health = health ?? new ModelHealth(time);
    }

    public OpenAiOptions Options { get; }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var watch = new StallWatch(Options.StallTimeout, _time, cancellationToken);
        using var response = await OpenAsync(Body(messages, options), watch);
        await using var stream = new ModelStream(response.ContentStream!, _wire.Read(), watch);
        while (await NextAsync(stream, watch) is { } update) yield return update;
        _health.Succeeded();
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // The connection pool is shared and outlives every client.
    }

    private BinaryContent Body(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = Hub.Json.Wire.Encoder }))
            _wire.Write(writer, Options.Name, messages, options);
        return BinaryContent.Create(BinaryData.FromBytes(buffer.WrittenMemory));
    }

    private async Task<PipelineResponse> OpenAsync(BinaryContent body, StallWatch watch)
    {
        PipelineResponse? response = null;
        try
        {
            using (body)
            {
                watch.Start();
                response = await _transport.SendAsync(body, watch.Token);
                if (response.Status != 200) throw ModelFaults.Refusal(response, await ErrorBodyAsync(response, watch.Token), Options, _time.GetUtcNow());
                if (response.Headers.TryGetValue("content-type", out var type) && type?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == false)
                    throw new ModelException(ModelFault.Malformed, $"The model server answered with {type}, not with an event stream. Set Model:Endpoint to the address of its API (with /v1).", 200);
                watch.Stop();
                return response;
            }
        }
        catch (Exception e) when (Translate(e, watch) is { } fault)
        {
            response?.Dispose();
            throw fault;
        }
    }

    private async ValueTask<ChatResponseUpdate?> NextAsync(ModelStream stream, StallWatch watch)
    {
        try
        {
            return await stream.NextAsync();
        }
        catch (Exception e) when (Translate(e, watch) is { } fault)
        {
            throw fault;
        }
    }

    private static async Task<byte[]> ErrorBodyAsync(PipelineResponse response, CancellationToken cancellationToken)
    {
        if (response.ContentStream is not { } content) return [];
        var buffer = new byte[MaxErrorBody];
        var length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return buffer[..length];
    }

    // Null lets the exception fly: it is a bug of ours.
    private Exception? Translate(Exception exception, StallWatch watch)
    {
        if (watch.CancelledByCaller) return new OperationCanceledException(watch.Caller);
        var fault = exception switch
        {
            ModelException e => e,
            OperationCanceledException when watch.Stalled => new ModelException(ModelFault.Stalled, $"The model sent nothing for {Options.StallTimeout.TotalSeconds:0} s. Model:StallTimeout is the limit."),
            JsonException or KeyNotFoundException or InvalidOperationException => new ModelException(ModelFault.Malformed, "The model server sent an event that is not the protocol's. Check Model:Api.", inner: exception),
            ClientResultException { Status: 0, InnerException: { } e } => Connection(e),
            HttpRequestException or IOException => Connection(exception),
            _ => null,
        };
        if (fault is not null) _health.Failed(fault);
        return fault;
    }

    private ModelException Connection(Exception exception) => (exception as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => Unreachable("its name is unknown", exception),
        HttpRequestError.SecureConnectionError => Unreachable("its certificate is not trusted", exception),
        HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => Unreachable("no connection", exception),
        _ => new ModelException(ModelFault.Cut, "The model server closed the connection before its answer was whole.", inner: exception),
    };

    private ModelException Unreachable(string reason, Exception exception) =>
        new(ModelFault.Unreachable, $"The model server at {Options.BaseAddress.Authority} does not answer: {reason}. Start it, or set Model:Endpoint.", inner: exception);
}
