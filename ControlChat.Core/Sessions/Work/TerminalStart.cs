using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;

namespace ControlChat.Core.Sessions.Work;

/// <summary>How a terminal begins here: anew, or where an earlier worker left it.</summary>
/// <param name="uncontained">Why it runs without a namespace; null: it has one.</param>
internal sealed class TerminalStart(SessionTools tools, TerminalTools terminals, Session session, SessionHandle handle, string? uncontained)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    // The worker before may still be closing it.
    public async Task<ITerminalRecord> OpenRecordAsync(CancellationToken cancellationToken)
    {
        var since = tools.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return await terminals.Records.OpenAsync(session.Id, cancellationToken);
            }
            catch (IOException) when (session.Fence > 1 && tools.Time.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(Pause, tools.Time, cancellationToken);
            }
        }
    }

    /// <returns>Null: it cannot go on.</returns>
    public async Task<ITerminalProcess?> StartAsync(ITerminalRecord record, LiveTerminal live, CancellationToken cancellationToken)
    {
        // Taken over: what an earlier worker began may live on.
        if (session.Fence > 1)
        {
            if (await terminals.Host.AdoptAsync(session.Id, cancellationToken) is { } adopted)
            {
                live.Begin(await TerminalActivity.PrintedAsync(record, cancellationToken));
                // What is printed from here on means this size, whatever the record had last.
                if (adopted.Size.IsLegal) live.Resize(adopted.Size);
                return adopted;
            }
            bool hasRun;
            await using (var reader = await tools.Database.ReadAsync(cancellationToken)) hasRun = await SessionClaims.HasRunAsync(reader, session.Id, cancellationToken);
            if (hasRun)
            {
                await tools.EndAsync(session.Id, session.Fence, SessionEnd.WorkerLost, TerminalNotes.Gone, cancellationToken);
                return null;
            }
            await using var transaction = await tools.Database.BeginAsync(cancellationToken);
            if (!await SessionClaims.RenewHandleAsync(transaction, session.Id, session.Fence, handle, cancellationToken)) return null;
            await transaction.CommitAsync(cancellationToken);
        }
        if (await terminals.Host.FaultAsync(cancellationToken) is { } fault) throw new AgentException(fault);
        var place = new AgentPlace(AgentFolder.Open(tools.Settings.Paths, session.Id, tools.User), tools.WorkspaceOf(session), tools.Address.Url, handle.Secret);
        var order = terminals.Programs.Order(Json.Read<IReadOnlyList<string>>(session.Command!), place);
        return await terminals.Host.StartAsync(session.Id, order, TerminalSize.Default, uncontained is null, cancellationToken);
    }

    /// <returns>False: it has ended meanwhile, or another worker holds it.</returns>
    public async Task<bool> BeginAsync(bool adopted, TerminalActivity activity, CancellationToken cancellationToken)
    {
        await using var transaction = await tools.Database.BeginAsync(cancellationToken);
        if (!await tools.Sessions.MoveAsync(transaction, session.Id, session.Fence, SessionState.Starting, SessionState.Running, cancellationToken))
            return false;
        var told = new List<SessionEvent>();
        if (adopted) told.Add(TerminalNotes.Adopted());
        if (uncontained is not null && !adopted) told.Add(WorkNotes.Uncontained(uncontained));
        told.Add(new SessionEvent(SessionEvents.State, new JsonObject { ["state"] = SessionState.Running }));
        await tools.Sessions.AppendAsync(transaction, session.Id, session.Fence, told, cancellationToken);
        await activity.WriteAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
