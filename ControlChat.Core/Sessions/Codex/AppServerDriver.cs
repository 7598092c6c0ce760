using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Speaks with <c>codex app-server</c> over its stdin and stdout.</summary>
internal sealed class AppServerDriver : IAgentDriver
{
    // What may wait for a reader. It is ours: "at most 2 MiB a session" holds while somebody reads, this is the bound when nobody does.
    private const long MostWaitingBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MostToWrite = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MostToBegin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MostToSend = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MostToInterrupt = TimeSpan.FromSeconds(10);
    private const int MostAttempts = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostToStop = TimeSpan.FromSeconds(2);

    private readonly AgentPipes _pipes;
    private readonly TimeProvider _time;
    private readonly RpcPeer _rpc;
    private readonly EventQueue _queue = new(MostWaitingBytes);
    private readonly ApprovalDesk _desk = new();
    private readonly AppServerPump _pump;
    private readonly CancellationTokenSource _cut;
    private readonly Task _running;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private string? _thread;
    private string? _begun;
    private bool _disposed;

    public AppServerDriver(AgentPipes pipes, TimeProvider time)
    {
        _pipes = pipes;
        _time = time;
        _rpc = new RpcPeer(pipes.ToAgent, time, MostToWrite);
        _pump = new AppServerPump(pipes, _rpc, _queue, _desk, time);
        _cut = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _running = Task.Run(() => _pump.RunAsync(_cut.Token));
    }

    public IAsyncEnumerable<AgentEvent> ReadAsync(CancellationToken cancellationToken) => _queue.ReadAsync(cancellationToken);

    public async Task<string> StartAsync(AgentOrder order, CancellationToken cancellationToken)
    {
        await RequestAsync<JsonElement>("initialize", AppServerStart.Hello, MostToSend, cancellationToken);
        await _rpc.NotifyAsync("initialized", cancellationToken);
        var (method, parameters) = AppServerStart.Of(order);
        var result = await OpenAsync(method, parameters, cancellationToken);
        if (AppServerStart.Objection(order, result) is { } objection) throw new AgentException(objection);
        _pump.ThreadId = _thread = result.Thread!.Id!;
        return _thread;
    }

    // Codex covers what is not there of a workspace with places of its own, and removes them: two that begin in one workspace at once take them from each other.
    private async Task<ThreadResult> OpenAsync(string method, object parameters, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RequestAsync<ThreadResult>(method, parameters, MostToBegin, cancellationToken);
            }
            catch (AgentException e) when (attempt < MostAttempts && e.Message.Contains("fs sandbox helper failed", StringComparison.Ordinal))
            {
                await Task.Delay(attempt * Pause, _time, cancellationToken);
            }
        }
    }

    public async Task<string> SendAsync(string text, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        var thread = _thread ?? throw new AgentException("The agent has no thread: it was not started, or it would have run with other rights than it should.");
        await _sending.WaitAsync(cancellationToken);
        try
        {
            IReadOnlyList<TextInput> input = [new TextInput(text)];
            return await SteerAsync(thread, input, cancellationToken) ?? await BeginAsync(thread, input, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task InterruptAsync(CancellationToken cancellationToken) => InterruptAsync(MostToInterrupt, cancellationToken);

    public async Task<bool> AnswerAsync(string approvalId, AgentAnswer answer, JsonElement? content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_desk.Take(approvalId) is not { } request) return false;
        try
        {
            // Taken is decided: it is sent whether or not the one who decided still waits.
            await _rpc.AnswerAsync(request.Id, ApprovalReader.Result(request.Approval, request.Method, answer, content), CancellationToken.None);
        }
        catch (Exception e)
        {
            Settle(request, null);
            throw new AgentException($"The answer did not reach the agent and counts as cancelled. {e.Message}", e);
        }
        if (!Settle(request, answer)) throw new AgentException("The agent ended while it was answered; the answer counts as cancelled.");
        return true;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _pump.Stopping = true;
        // One limit for all of it.
        using var late = new CancellationTokenSource(MostToStop, _time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            if (!_running.IsCompleted) await InterruptAsync(MostToStop, patience.Token);
        }
        catch (Exception e) when (e is AgentException or OperationCanceledException)
        {
            // It does not listen, or nobody waits. Closing its input is all that is left to say.
        }
        // First what is being written ends, then what it is written to.
        _rpc.Close(new AgentException("The agent was asked to end and takes no more messages."));
        await CloseAsync(_pipes.ToAgent);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _cut.CancelAsync();
        await CloseAsync(_pipes.ToAgent);
        await CloseAsync(_pipes.FromAgent);
        await _running;
        _cut.Dispose();
        _rpc.Dispose();
        _sending.Dispose();
    }

    private bool Settle(ApprovalDesk.OpenRequest request, AgentAnswer? answer) =>
        _desk.Settle(request, () => _queue.Add([ApprovalDesk.Resolved(request, answer)], 0));

    // turn/steer names the turn it means: a message cannot land in one that began since. turn/start joins a running turn too, without asking which.
    private async Task<string?> SteerAsync(string thread, IReadOnlyList<TextInput> input, CancellationToken cancellationToken)
    {
        if (_pump.Turn is not { } turn) return null;
        try
        {
            return (await RequestAsync<TurnSteerResult>("turn/steer", new TurnSteerParams(thread, turn, input), MostToSend, cancellationToken)).TurnId ?? turn;
        }
        catch (RpcException)
        {
            // It ended a moment ago.
            return null;
        }
    }

    private async Task<string> BeginAsync(string thread, IReadOnlyList<TextInput> input, CancellationToken cancellationToken)
    {
        var result = await RequestAsync<TurnStartResult>("turn/start", new TurnStartParams(thread, input), MostToSend, cancellationToken);
        return _begun = result.Turn?.Id ?? throw new AgentException("The agent took the message and did not say in which turn.");
    }

    private async Task InterruptAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_thread is not { } thread) return;
        // A turn that was begun may not have told of itself yet.
        if ((_pump.Turn ?? (_begun is { } begun && !_pump.HasFinished(begun) ? begun : null)) is { } turn)
        {
            try
            {
                await _rpc.RequestAsync("turn/interrupt", new TurnInterruptParams(thread, turn), limit, cancellationToken);
            }
            catch (RpcException)
            {
                // It ended by itself.
            }
        }
        // An interrupted turn leaves its commands running.
        await _pump.CleanAsync(limit, cancellationToken);
    }

    private async Task<T> RequestAsync<T>(string method, object parameters, TimeSpan limit, CancellationToken cancellationToken)
    {
        var result = await _rpc.RequestAsync(method, parameters, limit, cancellationToken);
        try
        {
            return result.Deserialize<T>(RpcPeer.Wire) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new AgentException($"The agent answered '{method}' in a form that is not known: {e.Message}", e);
        }
    }

    private static async Task CloseAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // A pipe whose other end is gone.
        }
    }
}
