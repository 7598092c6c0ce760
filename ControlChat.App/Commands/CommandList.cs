using ControlChat.App.Audit;
using ControlChat.App.Backup;
using ControlChat.App.Mcp;
using ControlChat.App.Sessions;
using ControlChat.App.Workspaces;

namespace ControlChat.App.Commands;

/// <summary>Every subcommand: one line each.</summary>
internal static class CommandList
{
    public static IReadOnlyList<ICommand> All { get; } =
    [
        new TokenCommand(),
        new LoginLinkCommand(),
        new AccountCommand(),
        new AuditCommand(),
        new TranscriptCommand(),
        new MigrateCommand(),
        new BackupCommand(),
        new RestoreCommand(),
        new DoctorCommand(),
        new HealthCommand(),
        new HostCommand(),
        new McpCommand(),
    ];

    public static string Help() => string.Join(Environment.NewLine,
    [
        "ControlChat [--mode web|worker|all] [--urls http://127.0.0.1:5080] [--Section:Setting=value …]",
        "  starts the hub and prints a sign-in link",
        .. All.SelectMany(c => c.Usage).Select(u => "ControlChat " + u),
        "ControlChat help",
        "Settings are listed in appsettings.json; environment variables (Hub__Kind) and --Hub:Kind=… override it.",
        "Exit codes: 0 done, 1 failed, 64 wrong usage, 69 no running hub, 75 data directory in use, 78 settings.",
    ]);
}
