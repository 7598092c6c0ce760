using ControlChat.App.Start;
using ControlChat.Core.Hub;

namespace ControlChat.App.Commands;

/// <summary>Brings the schema up to date and ends: for the owner's role on PostgreSQL, before the hub serves with one that may less.</summary>
internal sealed class MigrateCommand : ICommand
{
    public string Name => "migrate";

    public IReadOnlyList<string> Usage { get; } = ["migrate"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow();
        if (line.Words.Count != 1) throw new StartException(ExitCode.Usage, Usage[0]);
        await using var rows = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => Place(line)).BuildServiceProvider();
        var database = rows.GetRequiredService<HubDatabase>();
        await database.MigrateAsync(cancellationToken);
        await output.Out.WriteLineAsync($"The schema is current ({(await database.DescribeAsync(cancellationToken)).Server}).");
        return ExitCode.Done;
    }

    private static HubPlace Place(CommandLine line)
    {
        var settings = HubConfigurationSource.Load(line.Settings);
        if (settings.Place.ConnectionString is null) settings.Paths.Prepare();
        return settings.Place;
    }
}
