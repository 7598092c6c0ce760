using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Commands;

/// <summary>Accounts from the hub's own machine: the way in when no admin can sign in.</summary>
internal sealed class AccountCommand : ICommand
{
    public string Name => "account";

    public IReadOnlyList<string> Usage { get; } =
    [
        "account create --email E --name N [--role member|admin]",
        "account list",
        "account link ID_OR_EMAIL",
        "account email ID_OR_EMAIL NEW_EMAIL",
        "account role ID_OR_EMAIL member|admin",
        "account close ID_OR_EMAIL",
        "account reopen ID_OR_EMAIL",
    ];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        Check(line);
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        await hub.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(Environment.UserName, cancellationToken);
        var people = hub.Services.GetRequiredService<People>();
        var byPassword = hub.Services.GetRequiredService<LoadedSettings>().Options.SignsInByPassword();
        switch (line.Words)
        {
            case [_, "create"]:
                await TellAsync(await people.CreateAsync(null, line.Need("email"), line.Need("name"), line["role"] ?? "member", byPassword, cancellationToken), hub, output);
                break;
            case [_, "list"]:
                foreach (var account in await people.ListAsync(null, cancellationToken))
                    await output.Out.WriteLineAsync(string.Join('\t', account.Id, account.Email ?? "-", account.Role, account.ClosedAt is { } at ? $"closed {Timestamps.Format(at)}" : "open", account.Name));
                break;
            case [_, "link", var who]:
                if (!byPassword) throw new StartException(ExitCode.Settings, "SignIn:Password is off; a link to choose a password has no use on this hub.");
                await TellAsync(await people.CreateLinkAsync(null, await IdAsync(people, who, cancellationToken), revokeTokens: false, cancellationToken), hub, output);
                break;
            case [_, "email", var who, var email]:
                await TellAsync(await people.SetEmailAsync(null, await IdAsync(people, who, cancellationToken), email, cancellationToken), hub, output);
                break;
            case [_, "role", var who, var role]:
                await TellAsync(await people.ChangeRoleAsync(null, await IdAsync(people, who, cancellationToken), role, cancellationToken), hub, output);
                break;
            case [_, "close", var who]:
                await TellAsync(await people.CloseAsync(null, await IdAsync(people, who, cancellationToken), cancellationToken), hub, output);
                break;
            case [_, "reopen", var who]:
                await TellAsync(await people.ReopenAsync(null, await IdAsync(people, who, cancellationToken), cancellationToken), hub, output);
                break;
        }
        return ExitCode.Done;
    }

    private void Check(CommandLine line)
    {
        switch (line.Words)
        {
            case [_, "create"]:
                line.Allow("email", "name", "role");
                line.Need("email");
                line.Need("name");
                if (line["role"] is not (null or "member" or "admin")) throw new StartException(ExitCode.Usage, $"--role is '{line["role"]}'; use 'member' or 'admin'.");
                break;
            case [_, "list"] or [_, "link" or "close" or "reopen", _] or [_, "email", _, _] or [_, "role", _, "member" or "admin"]:
                line.Allow();
                break;
            default:
                throw new StartException(ExitCode.Usage, string.Join(Environment.NewLine, Usage));
        }
    }

    // Closed accounts are found here, too: they are what is to be reopened.
    private static async Task<string> IdAsync(People people, string idOrEmail, CancellationToken cancellationToken) =>
        (await people.ListAsync(null, cancellationToken)).FirstOrDefault(a => a.Id == idOrEmail || a.Email == Emails.Plain(idOrEmail))?.Id
            ?? throw new StartException(ExitCode.Failed, $"There is no account '{idOrEmail}'. 'account list' shows all.");

    private static async Task TellAsync(PersonChange change, AdminHub hub, CommandOutput output)
    {
        if (change is PersonChange.Refused refused) throw new StartException(ExitCode.Failed, refused.Message);
        var done = (PersonChange.Done)change;
        await output.Error.WriteLineAsync($"{done.Account.Id} {done.Account.Name}, {done.Account.Role}, {(done.Account.ClosedAt is null ? "open" : "closed")}.{(done.LinkToken is null ? "" : " The link works once, for 24 hours.")}");
        await output.Out.WriteLineAsync(done.LinkToken is null ? done.Account.Id : $"{Address(hub)}/set-password#t={done.LinkToken}");
    }

    // Where people reach the hub; a hub that does not run yet listens where it says in its settings.
    private static string Address(AdminHub hub)
    {
        var settings = hub.Services.GetRequiredService<LoadedSettings>();
        return settings.Options.Hub.PublicUrl?.TrimEnd('/') ?? (RunFile.Read(hub.Paths.DataDirectory) is { HasPages: true } run ? run.Url : ListenAddresses.Default);
    }
}
