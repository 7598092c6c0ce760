using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>What must be true before anything is served, in order; and undone in reverse at the end.</summary>
internal sealed class HubOpening(IHubSettings settings, HubDatabase database, AccountDirectory accounts, IAuditTrail audit, ICheckpoints checkpoints, IBus bus, ProcessMode mode) : IDisposable
{
    private HubLock? _lock;

    private string Directory => settings.Paths.DataDirectory;

    /// <exception cref="StartException">The directory is in use, or its database does not open.</exception>
    /// <exception cref="SettingsException">The directory is open to others, or cannot be made; or the bus is not fit to use.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        settings.Paths.Prepare();
        _lock = HubLock.Take(Directory);
        try
        {
            System.IO.Directory.CreateDirectory(Path.Combine(Directory, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (await bus.RefusalAsync(cancellationToken) is { } fault) throw new SettingsException([fault]);
            await database.MigrateAsync(cancellationToken);
            await settings.RefreshAsync(cancellationToken);
            await accounts.EnsureOwnerAsync(Environment.UserName, cancellationToken);
            await RecordAsync("hub.started", cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            throw new StartException(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>Tells the commands beside the hub where it listens.</summary>
    public void Announce(string url) => RunFile.Write(Directory, url);

    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_lock is null) return;
        RunFile.Remove(Directory);
        try
        {
            await RecordAsync("hub.stopped", cancellationToken);
            await checkpoints.SignAsync(cancellationToken);
        }
        catch (HubUnavailableException)
        {
            // The start after this one is on the record and shows that this stop was not.
        }
    }

    public void Dispose() => _lock?.Dispose();

    private Task<long> RecordAsync(string what, CancellationToken cancellationToken) => audit.AppendAsync(
        new AuditEntry(what, "completed", AuditActor.System)
        {
            Data = new JsonObject { ["pid"] = Environment.ProcessId, ["web"] = mode.Web, ["worker"] = mode.Worker, ["version"] = typeof(HubOpening).Assembly.GetName().Version!.ToString(3) },
        }, cancellationToken);
}
