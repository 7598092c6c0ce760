#pragma warning disable OPENAI001 // the SDK marks its Responses client as experimental
using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>The official SDK's pipeline (address, key, headers), set up so that nothing is retried, buffered or logged behind the runner's back.</summary>
internal sealed class OpenAiTransport
{
    // One pool for every client: a changed setting makes a new client, never a new pool.
    private static readonly HttpClient Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        // A cancelled answer still costs tokens: close it, do not read it out.
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly Func<BinaryContent, RequestOptions, Task<ClientResult>> _send;

    public OpenAiTransport(OpenAiOptions options)
    {
        var client = new OpenAIClient(new ApiKeyCredential(options.ApiKey), new OpenAIClientOptions
        {
            Endpoint = options.BaseAddress,
            Transport = new HttpClientPipelineTransport(Http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            EnableDistributedTracing = false,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        });
        _send = options.Api == "chat"
            ? client.GetChatClient(options.Name).CompleteChatAsync
            : client.GetResponsesClient().CreateResponseAsync;
    }

    /// <summary>Sends and returns as soon as the headers are there; the caller disposes the response. Error statuses are returned, not thrown.</summary>
    public async Task<PipelineResponse> SendAsync(BinaryContent body, CancellationToken cancellationToken)
    {
        var options = new RequestOptions
        {
            BufferResponse = false,
            ErrorOptions = ClientErrorBehaviors.NoThrow,
            CancellationToken = cancellationToken,
        };
        options.SetHeader("Accept", "text/event-stream");
        return (await _send(body, options)).GetRawResponse();
    }
}
