using ControlChat.Core.Runner;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Relay;
using ControlChat.Core.Settings;

namespace ControlChat.App.Sessions;

/// <summary>
/// Passes an agent's request on to the hub's model and the answer back, event by event as they come. It ends when the model is silent for
/// <c>Model:StallTimeout</c>, when the agent leaves, and within two seconds of its session; what it cost is counted however it ends.
/// </summary>
internal sealed partial class AgentModelRelay(ModelUpstream upstream, SessionDoor door, SessionBudget budget, IHubSettings settings, TimeProvider time, ILogger<AgentModelRelay> logger)
{
    /// <exception cref="AgentModelException">There is no model for agents.</exception>
    public void CheckModel()
    {
        if (upstream.Fault is { } fault) throw new AgentModelException(503, "model_unavailable", fault);
    }

    /// <returns>What the agent asks for, made fit to leave the hub.</returns>
    public AgentModelReading Read(AgentPass pass, ReadOnlyMemory<byte> body) => AgentModelRequest.Read(body, upstream.ModelName, pass.Session.Id, pass.TokensLeft);

    /// <exception cref="AgentModelException">The model answered nothing that could be passed on.</exception>
    public async Task AnswerAsync(HttpContext context, AgentPass pass, AgentModelReading.Passed asked)
    {
        var bill = new AnswerBill(budget, pass.Session, upstream.ModelName, new AnswerTally(asked.Body.Length), logger);
        await using var watch = new SessionWatch(door, pass.Handle, time);
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, watch.Gone, silence.Token);
        var patience = new Patience(silence, settings.Current.Model.StallTimeout, any.Token);
        try
        {
            using var answer = await patience.WaitAsync(t => upstream.SendAsync(asked.Body, asked.Stream, t));
            bill.Open();
            if ((int)answer.StatusCode != 200)
            {
                bill.Cancel();
                throw await UpstreamFaults.OfAsync(answer, any.Token);
            }
            if (answer.Content.Headers.ContentType?.MediaType != (asked.Stream ? "text/event-stream" : "application/json")) throw UpstreamFaults.Unfit();
            await using var body = await answer.Content.ReadAsStreamAsync(any.Token);
            if (asked.Stream) await StreamAsync(context, body, bill, patience);
            else await PassAsync(context, body, bill, patience);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            // The request was on its way: it costs, whether an answer came or not.
            bill.Open();
            Cut(context, pass.Session.Id, watch.Gone.IsCancellationRequested ? "its session" : context.RequestAborted.IsCancellationRequested ? "the agent" : "silence");
            if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                throw watch.Gone.IsCancellationRequested ? watch.Why : new AgentModelException(504, "model_silent", "The model's server was silent for too long (Model:StallTimeout).");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or OperationCanceledException)
        {
            // It never heard the request, or it may have worked on it.
            if (!IsUnheard(e)) bill.Open();
            LogBroken(e, pass.Session.Id);
            Cut(context, pass.Session.Id, "the model's server");
            if (!context.Response.HasStarted) throw new AgentModelException(502, "model_unreachable", "The model's server cannot be reached, or broke off.");
        }
        finally
        {
            await bill.PayAsync();
        }
    }

    private static async Task StreamAsync(HttpContext context, Stream body, AnswerBill bill, Patience patience)
    {
        var response = context.Response;
        response.StatusCode = 200;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers["X-Accel-Buffering"] = "no";
        await response.StartAsync(patience.Any);
        var events = new AnswerEvents(body);
        while (await patience.WaitAsync(t => events.NextAsync(t).AsTask()) is { } happened)
        {
            bill.Tally.See(happened);
            // Before the agent hears that the answer is whole: its next call finds this one counted.
            if (bill.Tally.IsWhole) await bill.PayAsync();
            await response.BodyWriter.WriteAsync(happened, patience.Any);
            // Servers should close now, and some do not.
            if (bill.Tally.IsWhole) return;
        }
    }

    private static async Task PassAsync(HttpContext context, Stream body, AnswerBill bill, Patience patience)
    {
        using var whole = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (await patience.WaitAsync(t => body.ReadAsync(piece, t).AsTask()) is > 0 and var read)
        {
            if (whole.Length + read > AnswerEvents.MostBytes) throw new InvalidDataException("The model's server sent an answer without an end.");
            whole.Write(piece, 0, read);
        }
        bill.Tally.SeeWhole(whole.GetBuffer().AsMemory(0, (int)whole.Length));
        await bill.PayAsync();
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        await context.Response.BodyWriter.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length), patience.Any);
    }

    private static bool IsUnheard(Exception fault) =>
        fault is OperationCanceledException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError };

    // Half an answer must not look like a whole one.
    private void Cut(HttpContext context, string sessionId, string by)
    {
        LogCut(sessionId, by);
        if (context.Response.HasStarted) context.Abort();
    }

    /// <summary>Waits for the model, and for nothing else: an agent that reads slowly is no silence.</summary>
    private sealed class Patience(CancellationTokenSource silence, TimeSpan most, CancellationToken any)
    {
        public CancellationToken Any => any;

        public async Task<T> WaitAsync<T>(Func<CancellationToken, Task<T>> next)
        {
            silence.CancelAfter(most);
            var result = await next(any);
            silence.CancelAfter(Timeout.InfiniteTimeSpan);
            return result;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The answer of the model to an agent was cut off by {By} (session {SessionId})")]
    private partial void LogCut(string sessionId, string by);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The model's server failed an agent (session {SessionId})")]
    private partial void LogBroken(Exception exception, string sessionId);
}
