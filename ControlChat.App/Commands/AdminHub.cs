using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.Core;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Commands;

/// <summary>The hub's rooms without a server: for commands that work beside a running hub, or without one.</summary>
internal sealed class AdminHub : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private AdminHub(ServiceProvider services) => _services = services;

    public IServiceProvider Services => _services;

    public HubPaths Paths => _services.GetRequiredService<HubPaths>();

    /// <exception cref="StartException">78: settings; 1: the database does not open.</exception>
    public static async Task<AdminHub> OpenAsync(CommandLine line, CancellationToken cancellationToken)
    {
        var settings = HubConfigurationSource.Load(line.Settings);
        settings.Paths.Prepare();
        var services = new ServiceCollection();
        services.AddLogging(l => l.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        HubConfigurationSource.LogToStandardError(services);
        services.AddSingleton(TimeProvider.System).AddSettings(settings).AddSingleton(settings.Paths).AddSingleton<IAccountRecord, AccountRecord>().AddSingleton<ISignInPolicy, SignInPolicy>();
        var redactor = new Redactor();
        foreach (var secret in settings.Secrets.Values) redactor.Add(secret);
        services.AddSingleton(redactor).AddSingleton<HubAddress>().AddControlChatCore();
        var hub = new AdminHub(services.BuildServiceProvider());
        // A running hub has applied the schema, and would wait for the integrity check of a second opening.
        if (RunFile.Read(settings.Paths.DataDirectory) is null) await hub._services.GetRequiredService<HubDatabase>().MigrateAsync(cancellationToken);
        return hub;
    }

    /// <summary>The account named by <c>--account</c>, or the only one; on a fresh hub its owner is made.</summary>
    /// <exception cref="StartException">64: nobody is named and there are several; 1: no such account.</exception>
    public async Task<Account> AccountAsync(string? idOrEmail, CancellationToken cancellationToken)
    {
        var directory = _services.GetRequiredService<AccountDirectory>();
        await directory.EnsureOwnerAsync(Environment.UserName, cancellationToken);
        return await directory.FindAsync(idOrEmail, cancellationToken) ?? throw (idOrEmail is null
            ? new StartException(ExitCode.Usage, "There is more than one account. Name one with --account ID_OR_EMAIL.")
            : new StartException(ExitCode.Failed, $"There is no account '{idOrEmail}'."));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
