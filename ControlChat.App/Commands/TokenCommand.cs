using System.Globalization;
using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.App.Commands;

/// <summary>API tokens from the hub's own machine.</summary>
internal sealed class TokenCommand : ICommand
{
    public string Name => "token";

    public IReadOnlyList<string> Usage { get; } =
    [
        "token create --name N [--scopes read|read,write] [--days 1-365] [--account ID_OR_EMAIL]",
        "token list [--account ID_OR_EMAIL]",
        "token revoke ID",
    ];

    public Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken) => line.Words switch
    {
        [_, "create"] => CreateAsync(line, output, cancellationToken),
        [_, "list"] => ListAsync(line, output, cancellationToken),
        [_, "revoke", var id] => RevokeAsync(line, id, cancellationToken),
        _ => throw new StartException(ExitCode.Usage, string.Join(Environment.NewLine, Usage)),
    };

    private static async Task<int> CreateAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("name", "scopes", "days", "account");
        var request = Request(line);
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        var account = await hub.AccountAsync(line["account"], cancellationToken);
        var (token, secret) = await hub.Services.GetRequiredService<ApiTokens>().CreateAsync(account.Id, request, AccountActor.Operator, cancellationToken);
        await output.Error.WriteLineAsync($"{token.Id} for {account.Name}, {string.Join(',', token.Scopes.Words())}, until {Timestamps.Format(token.ExpiresAt)}. The token is shown this once.");
        await output.Out.WriteLineAsync(secret);
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow("account");
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        var accountId = line["account"] is { } named ? (await hub.AccountAsync(named, cancellationToken)).Id : null;
        foreach (var token in await hub.Services.GetRequiredService<ApiTokens>().ListAsync(accountId, cancellationToken))
        {
            var state = token.RevokedAt is { } at ? $"revoked {Timestamps.Format(at)}" : $"until {Timestamps.Format(token.ExpiresAt)}";
            var used = token.LastUsedAt is { } last ? $"used {Timestamps.Format(last)}" : "never used";
            await output.Out.WriteLineAsync(string.Join('\t', token.Id, token.Name, string.Join(',', token.Scopes.Words()), state, used, token.AccountId));
        }
        return ExitCode.Done;
    }

    private static async Task<int> RevokeAsync(CommandLine line, string id, CancellationToken cancellationToken)
    {
        line.Allow();
        await using var hub = await AdminHub.OpenAsync(line, cancellationToken);
        if (!await hub.Services.GetRequiredService<ApiTokens>().RevokeAsync(id, null, AccountActor.Operator, cancellationToken))
            throw new StartException(ExitCode.Failed, $"There is no token '{id}' that still works. 'token list' shows all.");
        return ExitCode.Done;
    }

    private static ApiTokenRequest Request(CommandLine line)
    {
        var scopes = TokenScopeWords.Parse(line["scopes"] ?? "read") ?? throw new StartException(ExitCode.Usage, $"--scopes is '{line["scopes"]}'; use 'read' or 'read,write'.");
        if (!int.TryParse(line["days"] ?? "30", NumberStyles.None, CultureInfo.InvariantCulture, out var days)) throw new StartException(ExitCode.Usage, $"--days is '{line["days"]}'; use 1 to 365.");
        var request = new ApiTokenRequest(line.Need("name"), scopes, days);
        return request.Fault() is { } fault ? throw new StartException(ExitCode.Usage, fault) : request;
    }
}
