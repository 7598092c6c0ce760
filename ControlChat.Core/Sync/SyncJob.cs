using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sync;

/// <summary>
/// One approved run, from its order to its end: compares once more, moves nothing when the difference is not the approved one,
/// says every second how far it is, and stops when somebody wants it stopped.
/// </summary>
internal sealed partial class SyncJob(HubDatabase database, SyncConfigStore configs, SyncRunStore runs, SyncRules rules, ISyncTransfer transfer, string node, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(1);

    /// <returns>Null when it was not this process's to run any more.</returns>
    /// <exception cref="OperationCanceledException">The hub stops; nothing of the run is left.</exception>
    public async Task<SyncEnd?> RunAsync(SyncRun run, CancellationToken stopping)
    {
        var state = new JobState();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var heart = BeatAsync(run, state, stop);
        try
        {
            return await WorkAsync(run, state, stop.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return state.IsLost ? null : new SyncEnd(SyncState.Cancelled, null, null, state.Progress);
        }
        catch (SyncFailedException e)
        {
            return new SyncEnd(SyncState.Failed, e.Message, null, state.Progress);
        }
        catch (IOException e)
        {
            LogBroken(logger, e, run.WorkspaceId);
            return new SyncEnd(SyncState.Failed, "A file of the hub's machine could not be used. The log has the details.", null, state.Progress);
        }
        finally
        {
            await stop.CancelAsync();
            await heart;
        }
    }

    private async Task<SyncEnd?> WorkAsync(SyncRun run, JobState state, CancellationToken cancellationToken)
    {
        if (!await BeginAsync(run, cancellationToken)) return null;
        var order = await OrderAsync(run, cancellationToken);
        var difference = await transfer.CompareAsync(order, cancellationToken);
        if (difference.Digest != run.Digest) throw new SyncFailedException("The files changed since the plan was made. Nothing was moved; ask for sync.run again and look at the new plan.");
        var done = await transfer.RunAsync(order, difference, state.Take, cancellationToken);
        var result = SyncWords.Counts(done);
        // Between the comparison and the moving lies a moment; what differs from the approved is said.
        result["as_approved"] = done.Digest == run.Digest;
        return new SyncEnd(SyncState.Completed, null, result, new SyncProgress(done.Changes.Count(c => !c.IsDirectory && c.Op != "delete"), done.Bytes, 100));
    }

    private async Task<bool> BeginAsync(SyncRun run, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await runs.BeginAsync(transaction, run.ActionId, node, cancellationToken)) return false;
        transaction.Hint(SyncWords.Topic, run.WorkspaceId);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task<SyncOrder> OrderAsync(SyncRun run, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await configs.VersionAsync(reader, run.WorkspaceId, cancellationToken) != run.ConfigVersion || await configs.FindAsync(reader, run.WorkspaceId, cancellationToken) is not { } config)
            throw new SyncFailedException("The sync was configured anew since the plan was made. Nothing was moved; ask for sync.run again.");
        if (rules.RefusalNow(config) is { } refusal) throw new SyncFailedException(refusal);
        return new SyncOrder(run.ActionId, rules.DirectoryOf(run.WorkspaceId) ?? throw new SyncFailedException("The workspace has no directory any more. Nothing was moved."), config);
    }

    private async Task BeatAsync(SyncRun run, JobState state, CancellationTokenSource stop)
    {
        using var timer = new PeriodicTimer(SayEvery, time);
        var said = state.Progress;
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token)) said = await BeatAsync(run, state, said, stop);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task<SyncProgress> BeatAsync(SyncRun run, JobState state, SyncProgress said, CancellationTokenSource stop)
    {
        var progress = state.Progress;
        try
        {
            await using var transaction = await database.BeginAsync(stop.Token);
            if (await runs.SeeAsync(transaction, run.ActionId, node, progress, stop.Token) == 0) state.IsLost = true;
            if (progress != said) transaction.Hint(SyncWords.Topic, run.WorkspaceId);
            var present = await runs.OfActionAsync(transaction, run.ActionId, stop.Token);
            await transaction.CommitAsync(stop.Token);
            if (state.IsLost || present?.CancelledBy is not null) await stop.CancelAsync();
        }
        catch (HubUnavailableException e)
        {
            // Moving files needs no database; the next beat tries again.
            LogNotSaid(logger, e, run.WorkspaceId);
        }
        return progress;
    }

    private sealed class JobState
    {
        private readonly Lock _lock = new();
        private SyncProgress _progress = new(0, 0, 0);

        public SyncProgress Progress
        {
            get
            {
                lock (_lock) return _progress;
            }
        }

        /// <summary>Another process took the run for gone and ended it.</summary>
        public volatile bool IsLost;

        public void Take(SyncProgress news)
        {
            lock (_lock) _progress = new SyncProgress(news.Files, news.Bytes < 0 ? _progress.Bytes : news.Bytes, news.Percent < 0 ? _progress.Percent : news.Percent);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The sync of {WorkspaceId} broke")]
    private static partial void LogBroken(ILogger logger, Exception fault, string workspaceId);

    [LoggerMessage(2, LogLevel.Warning, "How far the sync of {WorkspaceId} is could not be written down; trying again")]
    private static partial void LogNotSaid(ILogger logger, Exception fault, string workspaceId);
}
