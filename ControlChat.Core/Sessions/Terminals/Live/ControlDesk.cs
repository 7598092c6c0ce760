using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// Gives control of one terminal and takes it: one change at a time, and each on the record before it is so, but for those by which somebody loses it:
/// these are so at once, and on the record as soon as it can be written.
/// </summary>
/// <param name="fence">Of this worker's claim.</param>
internal sealed class ControlDesk(LiveTerminal terminal, Session session, long fence, HubDatabase database, SessionAccess access, IPrincipals principals, IAuditTrail audit) : IDisposable
{
    // More than that can change only while the database is away.
    private const int MostOwed = 64;

    private readonly SemaphoreSlim _one = new(1);
    private readonly Queue<ControlChange> _owed = new();

    /// <summary>A window came: it is in control when it may be and nobody else is.</summary>
    public async Task JoinAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (terminal.Control((c, _) => c.OnJoin(viewer)) is { } change && await MayAsync(viewer, cancellationToken)) await GiveAsync(change, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <exception cref="HubUnavailableException">It could not be put on the record, so nothing was changed.</exception>
    public async Task<ControlAnswer> TakeAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        if (terminal.IsClosed) return ControlAnswer.Refused;
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!viewer.MayControl || !await MayAsync(viewer, cancellationToken)) return ControlAnswer.Refused;
            var (answer, change) = terminal.Control((c, now) => c.OnTake(viewer, now));
            if (answer == ControlAnswer.Asked) await ToldAsync(change, cancellationToken);
            else if (change is not null) await GiveAsync(change, cancellationToken);
            return answer;
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task ObjectAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        if (terminal.IsClosed) return;
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ToldAsync(terminal.Control((c, _) => c.OnObject(viewer)), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task GiveBackAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        if (terminal.IsClosed) return;
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (terminal.Control((c, _) => c.OnGiveBack(viewer)) is { } change) await LoseAsync(change, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What time and other people's decisions brought; to be called at least every 2 s.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await PayAsync(cancellationToken);
            if (terminal.Control((c, now) => c.Due(now)) is { } due) await LoseAsync(due, cancellationToken);
            if (terminal.Control((c, _) => c.Holder) is { } holder && !await MayAsync(holder, cancellationToken) && terminal.Control((c, _) => c.OnLost(holder)) is { } lost)
                await LoseAsync(lost, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A window of another process, by the rights it has now; null: it may not even look.</summary>
    public async Task<TerminalViewer?> AdmitAsync(TerminalViewer claimed, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.FindAsync(reader, claimed.AccountId, claimed.TokenId, claimed.AuthSessionId, cancellationToken) is not { } principal) return null;
        if (await access.SeeAsync(reader, principal, session.Id, cancellationToken) is not { } now) return null;
        var may = claimed.MayControl && principal.Scopes.HasFlag(TokenScopes.Write) && await access.MaySteerAsync(reader, principal, now, cancellationToken);
        return claimed with { Name = principal.Name, MayControl = may };
    }

    public void Dispose() => _one.Dispose();

    // What somebody's window says of their rights is a claim; the rows decide.
    private async Task<bool> MayAsync(TerminalViewer viewer, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await principals.FindAsync(reader, viewer.AccountId, viewer.TokenId, viewer.AuthSessionId, cancellationToken) is { } principal && principal.Scopes.HasFlag(TokenScopes.Write)
            && await access.SeeAsync(reader, principal, session.Id, cancellationToken) is { HasEnded: false } now && await access.MaySteerAsync(reader, principal, now, cancellationToken);
    }

    private async Task GiveAsync(ControlChange change, CancellationToken cancellationToken)
    {
        await PayAsync(cancellationToken);
        if (await WriteAsync(change, cancellationToken)) terminal.Apply(change);
    }

    // In the order in which it happened.
    private async Task PayAsync(CancellationToken cancellationToken)
    {
        while (_owed.TryPeek(out var owed))
        {
            await WriteAsync(owed, cancellationToken);
            _owed.Dequeue();
        }
    }

    // Asking and objecting change nothing: they are so at once, and on the record as soon as it can be written.
    private async Task ToldAsync(ControlChange? change, CancellationToken cancellationToken)
    {
        terminal.News.Raise();
        if (change is null) return;
        if (_owed.Count < MostOwed) _owed.Enqueue(change);
        try
        {
            await PayAsync(cancellationToken);
        }
        catch (HubUnavailableException)
        {
            // At the next look.
        }
    }

    private async Task LoseAsync(ControlChange change, CancellationToken cancellationToken)
    {
        try
        {
            // Whoever asked is in control only when that is on the record, and they may still be.
            if (change.To is { } next && !await MayAsync(next, cancellationToken)) change = change with { To = null };
            await WriteAsync(change, cancellationToken);
        }
        catch (HubUnavailableException)
        {
            change = change with { To = null };
            if (_owed.Count < MostOwed) _owed.Enqueue(change);
        }
        terminal.Apply(change);
    }

    /// <returns>False: it has ended, or another worker holds it, so nobody types here any more.</returns>
    private async Task<bool> WriteAsync(ControlChange change, CancellationToken cancellationToken)
    {
        var by = change.By;
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await Work.SessionClaims.ControlAsync(transaction, session.Id, fence, change.To?.AccountId, cancellationToken)) return false;
        var actor = change.How is ControlChange.Lost or ControlChange.Left ? AuditActor.System : new AuditActor(by.AccountId, by.TokenId, by.AuthSessionId, by.TokenId is null ? "ui" : "rest");
        await audit.AppendAsync(transaction, new AuditEntry(AuditEvents.ToolApplied, "completed", actor)
        {
            Tool = "session.control",
            WorkspaceId = session.WorkspaceId,
            ConversationId = session.ConversationId,
            Data = new JsonObject { ["session"] = session.Id, ["controller"] = change.To?.AccountId, ["by"] = by.AccountId, ["how"] = change.How },
        }, cancellationToken);
        transaction.Hint(Topics.Stream(SessionEnding.Changes), session.Id);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
