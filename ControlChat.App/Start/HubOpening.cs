using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>What must be true before anything is served, in order; and undone in reverse at the end.</summary>
internal sealed partial class HubOpening(
    LoadedSettings loaded, IHubSettings settings, HubDatabase database, HubRecord record, IBus bus, TimeProvider time, IHostApplicationLifetime lifetime,
    ILogger<HubOpening> logger) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _retrying = Task.CompletedTask;
    private HubLock? _lock;

    /// <summary>Ends when the database is there, its schema is current and the start is on the record.</summary>
    public Task Opened => _opened.Task;

    /// <summary>It ended because it could not go on; whoever keeps it running starts it again.</summary>
    public bool IsBroken { get; private set; }

    private bool IsOpen => Opened.IsCompletedSuccessfully;

    private string Directory => settings.Paths.DataDirectory;

    private bool IsShared => loaded.Place.ConnectionString is not null;

    /// <summary>
    /// A database beside the hub may come later than the hub: until then nothing is ready, and it is tried again and again.
    /// One that is the hub's own file is there now or never.
    /// </summary>
    /// <exception cref="StartException">The directory is in use, or its database does not open.</exception>
    /// <exception cref="SettingsException">The directory is open to others, or cannot be made; or the bus is not fit to use.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        settings.Paths.Prepare();
        _lock = HubLock.Take(Directory);
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            database.Overtaken = End;
            if (await bus.RefusalAsync(cancellationToken) is { } fault) throw new SettingsException([fault]);
            if (await database.HoldAsync(alone: !bus.IsShared, cancellationToken) is { } held) throw new SettingsException([held]);
            await TryAsync(cancellationToken);
        }
        catch (HubUnavailableException e) when (IsShared && !e.IsLasting)
        {
            LogNotThere(e.Message);
            _retrying = RetryAsync(_closing.Token);
        }
        catch (HubUnavailableException e)
        {
            throw new StartException(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>Tells the commands beside the hub where it listens.</summary>
    public void Announce(string url, bool web) => RunFile.Write(Directory, url, web);

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _closing.CancelAsync();
        await _retrying;
        RunFile.Remove(Directory);
        if (IsOpen) await record.StoppedAsync(cancellationToken);
    }

    public void Dispose()
    {
        _closing.Dispose();
        _lock?.Dispose();
    }

    private void End()
    {
        LogOvertaken();
        IsBroken = true;
        lifetime.StopApplication();
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        await database.MigrateAsync(cancellationToken);
        if (IsShared && (await database.DescribeAsync(cancellationToken)).RecordCanBeChanged) LogOwner();
        await settings.RefreshAsync(cancellationToken);
        await record.StartedAsync(cancellationToken);
        _opened.SetResult();
    }

    private async Task RetryAsync(CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; !IsOpen && !cancellationToken.IsCancellationRequested; pause = pause * 2 > LongestPause ? LongestPause : pause * 2)
        {
            try
            {
                await Task.Delay(pause, time, cancellationToken);
                await TryAsync(cancellationToken);
                LogThere();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Closed before it came.
            }
            catch (Exception e)
            {
                LogStillNotThere(e, e is HubUnavailableException ? e.Message : "It does not open.");
            }
        }
    }

    [LoggerMessage(LogLevel.Critical, "{Fault} The hub listens and is not ready; it tries again.")]
    private partial void LogNotThere(string fault);

    [LoggerMessage(LogLevel.Warning, "The hub's database is not there yet: {Fault}")]
    private partial void LogStillNotThere(Exception e, string fault);

    [LoggerMessage(LogLevel.Information, "The hub's database is there.")]
    private partial void LogThere();

    [LoggerMessage(LogLevel.Critical, "This process lost its hold on the hub's database, and another one served it meanwhile. It ends with exit code 1: what it has in memory is old.")]
    private partial void LogOvertaken();

    [LoggerMessage(LogLevel.Warning, "The role of Hub:ConnectionString could change rows of the record. Serve with the role of ControlChat.Core/Hub/Postgres/role.sql.")]
    private partial void LogOwner();
}

/// <summary>The hub's start and stop on its record, and what stands with them.</summary>
internal sealed class HubRecord(AccountDirectory accounts, PolicyStart policy, IAuditTrail audit, ICheckpoints checkpoints, ProcessMode mode)
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await accounts.EnsureOwnerAsync(Environment.UserName, cancellationToken);
        await AppendAsync("hub.started", cancellationToken);
        await policy.EnsureAsync(cancellationToken);
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AppendAsync("hub.stopped", cancellationToken);
            await checkpoints.SignAsync(cancellationToken);
        }
        catch (HubUnavailableException)
        {
            // The start after this one is on the record and shows that this stop was not.
        }
    }

    private Task<long> AppendAsync(string what, CancellationToken cancellationToken) => audit.AppendAsync(
        new AuditEntry(what, "completed", AuditActor.System)
        {
            Data = new JsonObject { ["pid"] = Environment.ProcessId, ["web"] = mode.Web, ["worker"] = mode.Worker, ["version"] = typeof(HubOpening).Assembly.GetName().Version!.ToString(3) },
        }, cancellationToken);
}
