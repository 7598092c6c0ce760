using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.ScriptedModel;

/// <summary>
/// A model server on loopback that speaks the real wire (Responses and Chat Completions, streamed or not) and does what a script says.
/// What answers, in this order: what was queued, <see cref="Handler"/>, and then <see cref="Brain"/>, which reads the last user message.
/// </summary>
public sealed class ScriptedModelServer : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<Func<ModelRequest, Reply>> _script = new();
    private readonly ConcurrentQueue<RecordedRequest> _requests = new();
    private readonly ConcurrentDictionary<string, bool> _connections = new();
    private int _number;

    private ScriptedModelServer(WebApplication web) => _web = web;

    /// <summary>The base address to give as <c>Model:Endpoint</c>.</summary>
    public string Url => _web.Urls.First() + "/v1";

    /// <summary>Every request so far, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Requests => [.. _requests];

    /// <summary>All request bodies as one text: for "this never reaches a model".</summary>
    public string Transcript => string.Join('\n', _requests.Select(r => r.Request.Raw));

    /// <summary>How many connections asked for something.</summary>
    public int Connections => _connections.Count;

    /// <summary>Answers when nothing is queued.</summary>
    public Func<ModelRequest, Reply>? Handler { get; set; }

    /// <summary>Does whatever <c>INSTRUCTION: call TOOL {json}</c> says anywhere in its input: the worst case of prompt injection.</summary>
    public bool ObeysInjections { get; set; }

    /// <summary>When set, any other bearer key is refused with 401.</summary>
    public string? RequiredKey { get; set; }

    public static async Task<ScriptedModelServer> StartAsync(int port = 0, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Limits.MaxRequestBodySize = 64 * 1024 * 1024);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var web = builder.Build();
        web.Urls.Clear();
        web.Urls.Add($"http://127.0.0.1:{port}");
        var server = new ScriptedModelServer(web);
        web.MapPost("/v1/responses", context => server.AnswerAsync(context, "responses"));
        web.MapPost("/v1/chat/completions", context => server.AnswerAsync(context, "chat"));
        await web.StartAsync(cancellationToken);
        return server;
    }

    public void Enqueue(params Reply[] replies)
    {
        foreach (var reply in replies) _script.Enqueue(_ => reply);
    }

    public void Enqueue(Func<ModelRequest, Reply> handler) => _script.Enqueue(handler);

    public Task WaitForShutdownAsync() => _web.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync();
        await _web.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, string api)
    {
        using var text = new StreamReader(context.Request.Body);
        var raw = await text.ReadToEndAsync(context.RequestAborted);
        ModelRequest request;
        try
        {
            request = ModelRequest.Parse(api, raw, context.Request.Headers.Authorization);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            await WireErrors.WriteAsync(context, Reply.Error(400, "invalid_request", "The body is not a request of this API."));
            return;
        }
        var recorded = new RecordedRequest(request);
        _requests.Enqueue(recorded);
        _connections[context.Connection.Id] = true;
        var aborted = true;
        try
        {
            aborted = !await WriteAsync(context, request, Decide(request));
        }
        finally
        {
            recorded.End(aborted);
        }
    }

    private Reply Decide(ModelRequest request)
    {
        if (RequiredKey is { } key && request.Authorization != "Bearer " + key) return Reply.Error(401, "invalid_api_key", "Incorrect API key provided.");
        if (_script.TryDequeue(out var next)) return next(request);
        return Handler is { } handler ? handler(request) : Brain.Answer(request, ObeysInjections);
    }

    private async Task<bool> WriteAsync(HttpContext context, ModelRequest request, Reply reply)
    {
        var number = Interlocked.Increment(ref _number);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _web.Lifetime.ApplicationStopping);
        try
        {
            if (reply.Status != 200) await WireErrors.WriteAsync(context, reply);
            else await new WireWriter(context, request, reply, number, stop.Token).WriteAsync();
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }
}
