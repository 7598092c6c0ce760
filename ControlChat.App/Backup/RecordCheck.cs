using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Backup;

/// <summary>Whether the record of a backup is whole: its rows, where they are in it, else those of the database, against its checkpoints.</summary>
internal static class RecordCheck
{
    public const string CheckpointFile = "checkpoints.jsonl";

    /// <summary>Where the rows of a backup are.</summary>
    public static HubPlace PlaceOf(LoadedSettings settings, BackupFolder folder) => settings.Place.ConnectionString is null ? new HubPlace(folder.Data) : settings.Place;

    /// <param name="pinned">The key from elsewhere; null: the hub's own.</param>
    public static async Task<VerifyResult> RunAsync(LoadedSettings settings, BackupFolder folder, PublicKey? pinned, CancellationToken cancellationToken)
    {
        await using var rows = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => PlaceOf(settings, folder)).BuildServiceProvider();
        var places = new AuditPlaces(folder.Data, folder.Checkpoints) { SharedKeys = rows.GetRequiredService<HubKeyring>().Shared };
        return await new RecordVerifier(rows.GetRequiredService<HubDatabase>())
            .VerifyAsync(Core.Audit.CheckpointFile.Lines(places.Checkpoints), pinned ?? SigningKey.PublicOf(places), pinned is not null, null, cancellationToken);
    }
}
