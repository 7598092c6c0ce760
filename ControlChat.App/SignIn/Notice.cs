using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.SignIn;

internal static class Notice
{
    /// <summary>A plain page in the product's look that says one thing.</summary>
    public static Task WriteAsync(HttpContext context, int status, string title, string fact) =>
        new RazorComponentResult<NoticePage>(new { Title = title, Fact = fact }) { StatusCode = status }.ExecuteAsync(context);
}
