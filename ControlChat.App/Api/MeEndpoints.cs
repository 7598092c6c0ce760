using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Api;

internal static class MeEndpoints
{
    private static readonly string Version = typeof(MeEndpoints).Assembly.GetName().Version!.ToString(3);

    public static void MapMe(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/me", MeAsync).WithTags("Sign-in").WithSummary("Who is asking, by which key, and what this hub is").Produces<Me>().ProducesProblem(401);

    private static async Task<IResult> MeAsync(
        HttpContext context, AccountDirectory accounts, ApiTokens tokens, IHubSettings settings, SignInCookie cookie, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        var account = await accounts.FindAsync(principal.AccountId, cancellationToken) ?? throw ApiException.Unauthenticated();
        var token = principal.TokenId is { } id ? await tokens.FindAsync(id, cancellationToken) : null;
        var csrf = principal.IsToken ? null : OriginGuard.TokenOf(cookie.Read(context.Request)!);
        var me = new Me(
            new MeAccount(account.Id, account.Name, account.Email, account.Role), principal.IsToken ? "token" : "cookie", principal.AuthTime,
            token is null ? null : new MeToken(token.Id, token.Name, token.Scopes.Words(), token.ExpiresAt), csrf,
            HubOf(settings.Current, context.RequestServices.GetService<IToolCatalog>()));
        return Results.Json(me, Json.Wire);
    }

    private static MeHub HubOf(HubOptions options, IToolCatalog? catalog) => new(
        options.Hub.Kind, options.Hub.Store, options.BusKind, Version,
        [.. (catalog?.Offered ?? []).Select(t => t.Definition.Name)], ModelChoice.Of(options));

    private sealed record Me(MeAccount Account, string Auth, DateTimeOffset AuthTime, MeToken? Token, string? CsrfToken, MeHub Hub);

    private sealed record MeAccount(string Id, string Name, string? Email, string Role);

    private sealed record MeToken(string Id, string Name, string[] Scopes, DateTimeOffset ExpiresAt);

    private sealed record MeHub(string Kind, string Store, string Bus, string Version, string[] Capabilities, ModelChoice Model);
}
