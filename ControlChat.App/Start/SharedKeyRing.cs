using System.Xml.Linq;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace ControlChat.App.Start;

/// <summary>The framework's own keys (circuits, forms) where every process of the hub finds them: what one protects, another opens.</summary>
internal sealed class SharedKeyRing(ISharedKeys keys) : IXmlRepository
{
    private const string Prefix = "data-protection/";

    public IReadOnlyCollection<XElement> GetAllElements() => [.. keys.List(Prefix).Select(XElement.Parse)];

    public void StoreElement(XElement element, string friendlyName)
    {
        ArgumentNullException.ThrowIfNull(element);
        keys.Add(Prefix + friendlyName, element.ToString(SaveOptions.DisableFormatting));
    }
}
