using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Handoff;

/// <summary>Makes the report of a task that is over: from all the session's events behind the task's own, and from the files as they are.</summary>
internal sealed partial class HandoffReporting(HubDatabase database, SessionStore sessions, SessionBudget budget, IHubSettings settings, TimeProvider time, ILogger<HandoffReporting> logger)
{
    private const int Page = 1000;

    public async Task<HandoffReport> ReportAsync(HandoffRow handoff, Session session, TurnReading reading, CancellationToken cancellationToken)
    {
        var directory = settings.Current.Hub.IsLite ? settings.Paths.LocalWorkspace : Path.Combine(settings.Paths.WorkspacesRoot, handoff.WorkspaceId);
        var account = new TurnAccount(directory);
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            for (var after = handoff.MessageSeq; after < reading.Seq;)
            {
                var page = await sessions.ReadAsync(reader, session.Id, after, Page, cancellationToken);
                foreach (var happened in page.TakeWhile(e => e.Seq <= reading.Seq)) account.Add(happened);
                if (page.Count < Page) break;
                after = page[^1].Seq;
            }
        }
        if (!reading.Over) account.End(session.EndReason, session.Error);
        // The agent's own words for it speak of a provider's bill.
        if (account.Broken == HandoffStatus.Failed && (await budget.LeftAsync(session, cancellationToken)).Fault is { } spent) account.Break(HandoffStatus.Failed, spent);
        var capsule = Capsule.Read(handoff.Capsule);
        return HandoffReport.Of(handoff, account, account.IsRevoked ? [] : Check(capsule, account, directory));
    }

    private IReadOnlyList<ReportCheck> Check(Capsule capsule, TurnAccount account, string directory)
    {
        try
        {
            using var files = WorkspaceFiles.Open(directory, settings.Current.Files.MaxBytes, time);
            return ReportChecks.Of(capsule, account, files);
        }
        catch (IOException e)
        {
            // It was purged, or its disk is gone: nothing that was asked for is there.
            LogNoFiles(logger, e, capsule.WorkspaceId);
            return ReportChecks.Of(capsule, account, null);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The files of workspace {WorkspaceId} could not be looked at after a task")]
    private static partial void LogNoFiles(ILogger logger, Exception fault, string workspaceId);
}
