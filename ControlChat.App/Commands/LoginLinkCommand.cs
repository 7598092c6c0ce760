using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.Commands;

/// <summary>A new one-time link for a running hub: whoever can run this on the hub's machine may sign in.</summary>
internal sealed class LoginLinkCommand : ICommand
{
    public string Name => "login-link";

    public IReadOnlyList<string> Usage { get; } = ["login-link [--account ID_OR_EMAIL]"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("account");
        if (line.Words.Count != 1) throw new StartException(ExitCode.Usage, Usage[0]);
        var settings = HubConfigurationSource.Load(line.Settings);
        if (settings.Options.SignIn.Proxy.Enabled) throw Off();
        var run = RunFile.Read(settings.Paths.DataDirectory) is { HasPages: true } pages ? pages
            : throw new StartException(ExitCode.NoHub, $"No hub is running on '{settings.Paths.DataDirectory}'. Start it, or set Hub:DataDirectory.");
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        var account = await hub.AccountAsync(line["account"], cancellationToken);
        // Off means: but for the very first admin.
        if (!settings.Options.SignsInByLink() && (account.Role != "admin" || !await hub.Services.GetRequiredService<AccountDirectory>().AwaitsFirstAdminAsync(cancellationToken))) throw Off();
        var address = settings.Options.SignsInByLink() ? run.Url : settings.Options.Hub.PublicUrl?.TrimEnd('/') ?? run.Url;
        await output.Out.WriteLineAsync($"{address}/login?t={await hub.Services.GetRequiredService<LinkSignIn>().CreateLinkAsync(account.Id, AccountActor.Operator, cancellationToken)}");
        return ExitCode.Done;
    }

    private static StartException Off() => new(ExitCode.Settings, "SignIn:Link is off; sign-in links are not used on this hub.");
}
