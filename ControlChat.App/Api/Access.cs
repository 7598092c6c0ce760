using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using Microsoft.AspNetCore.Authorization;

namespace ControlChat.App.Api;

/// <summary>Every route needs sign-in unless it is marked <c>AllowAnonymous</c>; a token needs the scope for what changes things.</summary>
internal sealed class Access(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null) return next(context);
        if (context.GetPrincipal() is not { } principal) return RefuseAsync(context);
        if (principal.IsToken && endpoint.Metadata.GetMetadata<BrowserOnly>() is not null)
            throw ApiException.Denied("An API token may not do this. Use a signed-in browser.");
        if (principal.IsToken && context.Request.IsUnsafe() && !principal.Scopes.HasFlag(TokenScopes.Write) && endpoint.Metadata.GetMetadata<ScopeCheckedInside>() is null)
            throw new ApiException(403, "scope_missing", "This token may only read. Use one with the scopes 'read,write'.");
        return next(context);
    }

    private static Task RefuseAsync(HttpContext context)
    {
        if (!context.Request.IsPageAddress())
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw ApiException.Unauthenticated();
        }
        context.Response.Redirect(ReturnPath.SignIn(context.Request));
        return Task.CompletedTask;
    }
}

internal sealed class BrowserOnly
{
    public static BrowserOnly Mark { get; } = new();
}

internal sealed class ScopeCheckedInside
{
    public static ScopeCheckedInside Mark { get; } = new();
}

/// <summary>A form of a page before sign-in: its handler checks the form's own token.</summary>
internal sealed class FormTokenInside
{
    public static FormTokenInside Mark { get; } = new();
}

/// <summary>What a route says about who may call it.</summary>
public static class AccessConventions
{
    /// <summary>Signed-in browsers only; an API token gets 403 <c>denied</c>.</summary>
    public static TBuilder RequireBrowser<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.With(BrowserOnly.Mark);

    /// <summary>A POST that a token without <c>write</c> may send too, because the gate behind it decides by the tool.</summary>
    public static TBuilder CheckScopeInside<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder => builder.With(ScopeCheckedInside.Mark);

    internal static TBuilder With<TBuilder>(this TBuilder builder, object metadata) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(metadata));
        return builder;
    }
}
