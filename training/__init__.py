"""How the networks in models/ are made: scenes -> Wald pairs -> training -> scores -> ONNX. See
README.md."""
