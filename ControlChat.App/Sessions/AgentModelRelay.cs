using ControlChat.Core.Runner;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Relay;
using ControlChat.Core.Settings;

namespace ControlChat.App.Sessions;

/// <summary>
/// Passes an agent's request on to the hub's model and the answer back, event by event as they come. It ends when the model is silent for
/// <c>Model:StallTimeout</c>, within two seconds of its session, and some time after the agent has left (<see cref="Departure"/>); what it
/// cost is counted however it ends.
/// </summary>
internal sealed partial class AgentModelRelay(ModelUpstream upstream, SessionDoor door, SessionBudget budget, AgentProfiles profiles, IHubSettings settings, TimeProvider time, ILogger<AgentModelRelay> logger)
{
    /// <exception cref="AgentModelException">There is no model for agents.</exception>
    public void CheckModel()
    {
        if (upstream.Fault is { } fault) throw new AgentModelException(503, "model_unavailable", fault);
    }

    /// <returns>What the agent asks for, made fit to leave the hub.</returns>
    public AgentModelReading Read(AgentPass pass, ReadOnlyMemory<byte> body) => AgentModelRequest.Read(body, ModelOf(pass.Session), pass.Session.Id, pass.TokensLeft);

    // The operator's files say which model an agent has, the hub's settings else; what the agent asks for never does.
    private string ModelOf(Session session) => profiles.Find(session.Profile)?.Model ?? upstream.ModelName;

    /// <exception cref="AgentModelException">The model answered nothing that could be passed on.</exception>
    public async Task AnswerAsync(HttpContext context, AgentPass pass, AgentModelReading.Passed asked)
    {
        var bill = new AnswerBill(budget, pass.Session, ModelOf(pass.Session), new AnswerTally(asked.Body.Length, asked.MostOutput), logger);
        var began = time.GetTimestamp();
        await using var watch = new SessionWatch(door, pass.Handle, time);
        using var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var departure = new Departure(time, () => LogLeft(pass.Session.Id), context.RequestAborted);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(watch.Gone, silence.Token, departure.Over);
        using var agent = new AgentReply(context, any.Token);
        try
        {
            await AskAsync(agent, asked, bill, new Patience(silence, settings.Current.Model.StallTimeout, any.Token));
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            // The request was on its way: it costs, whether an answer came or not.
            bill.Open();
            Cut(context, departure, pass.Session.Id, watch.Gone.IsCancellationRequested ? "its session" : departure.HasLeft ? "the agent" : "silence");
            if (!context.Response.HasStarted) throw watch.Gone.IsCancellationRequested ? watch.Why : new AgentModelException(504, "model_silent", "The model's server was silent for too long (Model:StallTimeout).");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or OperationCanceledException)
        {
            // It never heard the request, or it may have worked on it.
            if (!IsUnheard(e)) bill.Open();
            LogBroken(e, pass.Session.Id);
            Cut(context, departure, pass.Session.Id, "the model's server");
            if (!context.Response.HasStarted) throw new AgentModelException(502, "model_unreachable", "The model's server cannot be reached, or broke off.");
        }
        finally
        {
            if (departure.HasLeft || watch.Gone.IsCancellationRequested) bill.Tally.Leave(time.GetElapsedTime(began));
            await bill.PayAsync();
        }
    }

    private async Task AskAsync(AgentReply agent, AgentModelReading.Passed asked, AnswerBill bill, Patience patience)
    {
        using var answer = await patience.WaitAsync(t => upstream.SendAsync(asked.Body, asked.Stream, t));
        bill.Open();
        if ((int)answer.StatusCode != 200)
        {
            bill.Cancel();
            throw await UpstreamFaults.OfAsync(answer, patience.Any);
        }
        if (answer.Content.Headers.ContentType?.MediaType != (asked.Stream ? "text/event-stream" : "application/json")) throw UpstreamFaults.Unfit();
        await using var body = await answer.Content.ReadAsStreamAsync(patience.Any);
        if (asked.Stream) await StreamAsync(agent, body, bill, patience);
        else await PassAsync(agent, body, bill, patience);
    }

    private static async Task StreamAsync(AgentReply agent, Stream body, AnswerBill bill, Patience patience)
    {
        await agent.BeginAsync("text/event-stream; charset=utf-8");
        var events = new AnswerEvents(body);
        while (await patience.WaitAsync(t => events.NextAsync(t).AsTask()) is { } happened)
        {
            bill.Tally.See(happened);
            // Before the agent hears that the answer is whole: its next call finds this one counted.
            if (bill.Tally.IsWhole) await bill.PayAsync();
            await agent.SayAsync(happened);
            // Servers should close now, and some do not.
            if (bill.Tally.IsWhole) return;
        }
    }

    private static async Task PassAsync(AgentReply agent, Stream body, AnswerBill bill, Patience patience)
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
        await agent.BeginAsync("application/json");
        await agent.SayAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length));
    }

    private static bool IsUnheard(Exception fault) =>
        fault is OperationCanceledException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError };

    // Half an answer must not look like a whole one.
    private void Cut(HttpContext context, Departure departure, string sessionId, string by)
    {
        LogCut(sessionId, by);
        // From here on the hub leaves, and not the agent.
        departure.Dispose();
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

    [LoggerMessage(Level = LogLevel.Information, Message = "An agent left before the end of the model's answer, which is read on for what it costs (session {SessionId})")]
    private partial void LogLeft(string sessionId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The answer of the model to an agent was cut off by {By} (session {SessionId})")]
    private partial void LogCut(string sessionId, string by);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The model's server failed an agent (session {SessionId})")]
    private partial void LogBroken(Exception exception, string sessionId);
}
