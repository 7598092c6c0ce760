using ControlChat.Core.Audit;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Handoff;

/// <summary>
/// Goes one step further with one handed-over task: tells its conversation what happened in the session since, and how it ended. All of a
/// step stands or none of it, and of two who take the same one, one does: it does not matter how many processes follow, or where one was killed.
/// </summary>
internal sealed partial class HandoffFollowing(
    HubDatabase database, HandoffStore handoffs, SessionStore sessions, SessionEnding ending, IConversationLog log, HandoffReporting reporting, HubAddress address, ILogger<HandoffFollowing> logger)
{
    private const int Page = 100;

    /// <summary>Open tasks in whose session something happened.</summary>
    public async Task<IReadOnlyList<HandoffRow>> NewsAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await handoffs.NewsAsync(reader, Page, cancellationToken);
    }

    /// <summary>One step.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> StepAsync(HandoffRow handoff, CancellationToken cancellationToken)
    {
        Session session;
        IReadOnlyList<StoredSessionEvent> events;
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            // A session stays for as long as a task points to it.
            session = (await sessions.FindAsync(reader, handoff.SessionId, cancellationToken))!;
            events = await sessions.ReadAsync(reader, handoff.SessionId, handoff.FollowedSeq, Page, cancellationToken);
        }
        var reading = new TurnReading(handoff.Phase, handoff.FollowedSeq, Over: false);
        var read = new List<StoredSessionEvent>();
        foreach (var happened in events.TakeWhile(_ => !reading.Over))
        {
            reading = reading.Next(happened, session.DeliveredSeq, handoff.MessageSeq);
            read.Add(happened);
        }
        // Its events may be gone with their time, but it has ended: the row says how.
        var over = reading.Over || (session.HasEnded && events.Count == 0);
        if (!over && read.Count == 0) return false;
        var report = over ? await reporting.ReportAsync(handoff, session, reading, cancellationToken) : null;
        return await WriteAsync(handoff, session, read, reading, report, cancellationToken) && !over && events.Count == Page;
    }

    /// <summary>Ends one that cannot be followed, so that nobody waits for it.</summary>
    public async Task GiveUpAsync(HandoffRow handoff, string reference, CancellationToken cancellationToken)
    {
        Session? session;
        await using (var reader = await database.ReadAsync(cancellationToken)) session = await sessions.FindAsync(reader, handoff.SessionId, cancellationToken);
        var report = new HandoffReport(HandoffStatus.Failed, "", $"The hub could not follow it any further (reference {reference}). The session has all that happened.", [], []);
        await WriteAsync(handoff, session, [], new TurnReading(handoff.Phase, handoff.FollowedSeq, Over: true), report, cancellationToken);
    }

    private async Task<bool> WriteAsync(HandoffRow handoff, Session? session, IReadOnlyList<StoredSessionEvent> read, TurnReading reading, HandoffReport? report, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var told = handoff.Told;
        var conversation = await TellableAsync(transaction, handoff, cancellationToken);
        foreach (var happened in conversation is null ? [] : read)
        {
            if (SessionDigest.Of(handoff, happened, told) is not { } digest) continue;
            await log.AppendAsync(transaction, conversation!, handoff.RunId, ConversationEvents.SessionEvent, digest, cancellationToken);
            told++;
        }
        if (report is null)
        {
            if (!await handoffs.AdvanceAsync(transaction, handoff, reading.Seq, reading.Phase, told, cancellationToken)) return false;
        }
        else
        {
            if (!await handoffs.FinishAsync(transaction, handoff, reading.Seq, report.Status, Json.Write(report), cancellationToken)) return false;
            if (conversation is not null) await PostAsync(transaction, handoff, conversation, report, cancellationToken);
            if (session is not null) await EndOwnAsync(transaction, handoff, session, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        if (report is not null) LogFinished(logger, handoff.Id, report.Status, handoff.SessionId);
        return true;
    }

    private static async Task<string?> TellableAsync(IHubTransaction transaction, HandoffRow handoff, CancellationToken cancellationToken) =>
        handoff.ConversationId is { } id && await ConversationStore.FindAsync(transaction, id, cancellationToken) is not null ? id : null;

    private async Task PostAsync(IHubTransaction transaction, HandoffRow handoff, string conversation, HandoffReport report, CancellationToken cancellationToken)
    {
        await log.AppendAsync(transaction, conversation, handoff.RunId, ConversationEvents.HandoffFinished, report.ToEvent(handoff), cancellationToken);
        // What an agent wrote is read with that run from now on.
        if (handoff.RunId is not null) await transaction.ExecuteAsync("update runs set tainted = 1 where id = @RunId", new { handoff.RunId }, cancellationToken);
        var message = await ConversationLog.AppendAsync(transaction, conversation, new Message
        {
            Id = Ids.New("msg"),
            Seq = 0,
            RunId = handoff.RunId,
            Role = "assistant",
            Text = report.ToMessage(address.PublicUrl),
            Author = new MessageAuthor(null, SessionDoor.Agent),
            At = transaction.Now,
            Tainted = true,
            Model = "workspace agent",
        }, cancellationToken);
        await ConversationStore.InsertAsync(transaction, conversation, message, cancellationToken);
    }

    // A time or a budget was set for this task alone, so nobody goes on with its session.
    private async Task EndOwnAsync(IHubTransaction transaction, HandoffRow handoff, Session session, CancellationToken cancellationToken)
    {
        if (!Capsule.Read(handoff.Capsule).IsBound) return;
        var by = new AuditActor(session.OwnerId, session.TokenId, session.AuthSessionId, SessionDoor.Agent);
        await ending.EndAsync(transaction, session, null, SessionEnd.Completed, null, by, cancellationToken);
    }

    [LoggerMessage(1, LogLevel.Information, "The task {HandoffId} is {Status} (session {SessionId})")]
    private static partial void LogFinished(ILogger logger, string handoffId, string status, string sessionId);
}
